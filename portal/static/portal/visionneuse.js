/* The viewer of pièces: PDF by PDF.js, images; turned, enlarged, walked by keys. Every door that shows files uses it.
 *
 * A page draws {% include "portal/_visionneuse.html" %} with `vues` (portal/visionneuse.py) and loads this file and visionneuse.css; a
 * fragment that htmx brings in works too. What the partial declares, and this file obeys:
 *   data-visionneuse                 one viewer, with the addresses of PDF.js: data-pdfjs, data-pdfjs-travail, data-pdfjs-dossier
 *   [data-vz-fichier]                one button a file; the first one is opened when the viewer appears
 *     data-adresse                   answers the SANITISED copy (never the original): at once, or through a redirection to the store.
 *                                    It is asked once, when the file is first shown, with « Accept: application/json » among the rest:
 *                                    a refusal may be {"erreur": "…"} or {"message": "…"}, shown as it is
 *     data-type                      application/pdf, image/jpeg or image/png: the type of that copy
 *     data-nom, data-pages           its name, its pages (0: unknown)
 *     data-telecharger               the original's address; empty, the sanitised copy is offered instead
 *   [data-vz="…"]                    the buttons; their keys are data-touche (vigie.js), so that « ? » lists them and « Mon compte » turns
 *                                    them off
 * Turning changes the view alone, never the file. Nothing is kept in the browser: what was fetched goes with the page.
 */
(function () {
  "use strict";

  const PAS = 1.25, MIN = 0.05, MAX = 8, POINT = 96 / 72, MARGE = 24;
  const MAX_PIXELS = 16 * 1024 * 1024; // of one canvas: more fails on telephones
  const GARDES = 8; // files kept in memory, so that going back asks nothing again

  const dire = (texte) => { if (window.vigie) window.vigie.annoncer(texte); };
  const creer = (balise, classe, texte) => {
    const element = document.createElement(balise);
    if (classe) element.className = classe;
    if (texte) element.textContent = texte;
    return element;
  };

  class Refuse extends Error {}

  let moteur = null;

  /** PDF.js, loaded the first time a PDF is shown. Its decoders run as plain script: the page's policy lets no WebAssembly in. */
  function pdfjs(racine) {
    if (!moteur) {
      moteur = import(racine.dataset.pdfjs).then((module) => {
        module.GlobalWorkerOptions.workerSrc = racine.dataset.pdfjsTravail;
        return module;
      }).catch((erreur) => { moteur = null; throw erreur; });
    }
    return moteur;
  }

  async function lire(adresse) {
    let reponse;
    try {
      reponse = await fetch(adresse, { headers: { "Accept": "application/json, */*" }, credentials: "same-origin", cache: "no-store" });
    } catch {
      throw new Refuse("Le document ne s’ouvre pas : le stockage ou le serveur ne répond pas. Il n’est pas perdu.");
    }
    if (reponse.ok) return reponse.blob();
    const dit = await reponse.json().catch(() => ({}));
    const motif = { 403: "Vous n’avez plus le droit de lire ce document.", 404: "Ce document n’est plus lisible ici." }[reponse.status];
    throw new Refuse(dit.erreur || dit.message || motif || "Le document ne s’ouvre pas pour l’instant. Il n’est pas perdu.");
  }

  class Visionneuse {
    constructor(racine) {
      this.racine = racine;
      this.scene = racine.querySelector("[data-vz-scene]");
      this.fichiers = Array.from(racine.querySelectorAll("[data-vz-fichier]"));
      this.gardes = new Map();
      this.tour = 0;
      this.angle = 0;
      this.mode = "largeur"; // largeur, entiere, or the scale itself
      this.pages = [];
      this.rang = 0;
      this.fichiers.forEach((bouton, rang) => bouton.addEventListener("click", () => this.ouvrir(rang)));
      racine.addEventListener("click", (evenement) => {
        const bouton = evenement.target.closest("[data-vz]");
        if (bouton && bouton.getAttribute("aria-disabled") !== "true") this.obeir(bouton.dataset.vz);
      });
      // Where the document is wider than its frame, the arrows move the document, not the checklist.
      this.scene.addEventListener("keydown", (evenement) => {
        if (/^Arrow(Left|Right)$/.test(evenement.key) && this.scene.scrollWidth > this.scene.clientWidth + 1) evenement.stopPropagation();
      });
      this.scene.addEventListener("scroll", () => { if (!this.attend) this.attend = requestAnimationFrame(() => { this.attend = 0; this.situer(); }); });
      this.taille = new ResizeObserver(() => { if (typeof this.mode === "string" && this.pages.length) this.disposer(); });
      this.taille.observe(this.scene);
      this.vues = new IntersectionObserver((entrees) => entrees.forEach((entree) => {
        const page = this.pages.find((candidate) => candidate.cadre === entree.target);
        if (!page) return;
        page.visible = entree.isIntersecting;
        if (page.visible) this.peindre(page); else this.effacer(page);
      }), { root: this.scene, rootMargin: "100% 0px" });
      this.ouvrir(0, false);
    }

    detruire() {
      this.tour += 1;
      this.vider();
      this.taille.disconnect();
      this.vues.disconnect();
    }

    obeir(geste) {
      const gestes = {
        gauche: () => this.tourner(-90),
        droite: () => this.tourner(90),
        moins: () => this.zoomer(this.echelle() / PAS),
        plus: () => this.zoomer(this.echelle() * PAS),
        largeur: () => this.zoomer("largeur"),
        entiere: () => this.zoomer("entiere"),
        "page-precedente": () => this.allerA(this.rang - 1),
        "page-suivante": () => this.allerA(this.rang + 1),
        "fichier-precedent": () => this.ouvrir(this.courant - 1),
        "fichier-suivant": () => this.ouvrir(this.courant + 1),
      };
      gestes[geste]();
    }

    // -- one file ------------------------------------------------------------------------------------------------------------

    async ouvrir(rang, parler = true) {
      if (rang < 0 || rang >= this.fichiers.length) return;
      const bouton = this.fichiers[rang];
      const { adresse, nom, type, telecharger } = bouton.dataset;
      const tour = this.tour += 1;
      this.courant = rang;
      this.fichiers.forEach((autre) => autre.removeAttribute("aria-current"));
      bouton.setAttribute("aria-current", "true");
      this.scene.setAttribute("aria-label", "Document : " + nom);
      const lien = this.racine.querySelector("[data-vz-telecharger]");
      lien.href = telecharger || adresse;
      this.fermer("fichier-precedent", rang === 0);
      this.fermer("fichier-suivant", rang === this.fichiers.length - 1);
      this.angle = 0;
      this.mode = "largeur";
      this.vider();
      this.scene.replaceChildren(creer("p", "vz-mot", "Ouverture de " + nom + "…"));
      this.scene.setAttribute("aria-busy", "true");
      try {
        const blob = await this.garder(adresse);
        if (tour !== this.tour) return;
        const pages = type === "application/pdf" ? await this.feuillets(blob, tour) : [await this.image(blob, nom)];
        if (tour !== this.tour) return;
        this.montrer(pages, nom);
        if (parler) dire(nom + (pages.length > 1 ? ", " + pages.length + " pages" : ""));
      } catch (erreur) {
        if (tour !== this.tour) return;
        this.gardes.delete(adresse);
        this.echouer(erreur instanceof Refuse ? erreur.message : "Ce document ne s’affiche pas. Téléchargez-le pour le lire.", rang);
      } finally {
        if (tour === this.tour) this.scene.removeAttribute("aria-busy");
      }
    }

    garder(adresse) {
      if (!this.gardes.has(adresse)) {
        if (this.gardes.size >= GARDES) this.gardes.delete(this.gardes.keys().next().value);
        this.gardes.set(adresse, lire(adresse));
      }
      return this.gardes.get(adresse);
    }

    async feuillets(blob, tour) {
      const [module, octets] = [await pdfjs(this.racine), await blob.arrayBuffer()];
      const dossier = new URL(this.racine.dataset.pdfjsDossier, document.baseURI).href;
      const tache = module.getDocument({
        data: octets, useWasm: false, wasmUrl: dossier + "wasm/", standardFontDataUrl: dossier + "standard_fonts/",
        enableXfa: false, stopAtErrors: false, verbosity: module.VerbosityLevel.ERRORS,
      });
      const pdf = await tache.promise;
      if (tour !== this.tour) { tache.destroy(); return []; }
      this.pdf = tache;
      const feuilles = await Promise.all(Array.from({ length: pdf.numPages }, (_, rang) => pdf.getPage(rang + 1)));
      return feuilles.map((feuille) => {
        const vue = feuille.getViewport({ scale: POINT });
        return { feuille, module, largeur: vue.width, hauteur: vue.height };
      });
    }

    async image(blob, nom) {
      const img = creer("img");
      img.alt = nom;
      img.src = this.url = URL.createObjectURL(blob);
      await img.decode();
      return { img, largeur: img.naturalWidth, hauteur: img.naturalHeight };
    }

    montrer(pages, nom) {
      this.pages = pages;
      this.rang = 0;
      this.scene.replaceChildren(...pages.map((page, rang) => {
        page.cadre = creer("div", "vz-page");
        if (page.img) page.cadre.append(page.img);
        else {
          page.cadre.setAttribute("role", "group");
          page.cadre.setAttribute("aria-label", nom + ", page " + (rang + 1) + " sur " + pages.length);
        }
        return page.cadre;
      }));
      this.scene.scrollTop = 0;
      this.racine.querySelector("[data-vz-pages]").hidden = pages.length < 2;
      this.disposer();
      pages.filter((page) => page.feuille).forEach((page) => this.vues.observe(page.cadre));
      this.situer();
    }

    echouer(texte, rang) {
      const carte = creer("div", "vz-erreur");
      carte.setAttribute("role", "alert");
      const bouton = creer("button", "vz-bouton", "Réessayer");
      bouton.type = "button";
      bouton.addEventListener("click", () => this.ouvrir(rang));
      carte.append(creer("p", "", texte), bouton);
      this.scene.replaceChildren(carte);
      this.racine.querySelector("[data-vz-pages]").hidden = true;
    }

    vider() {
      this.pages.forEach((page) => { if (page.cadre) this.vues.unobserve(page.cadre); this.effacer(page); });
      this.pages = [];
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = null;
      if (this.pdf) this.pdf.destroy();
      this.pdf = null;
    }

    // -- scale and angle -------------------------------------------------------------------------------------------------------

    dimensions(page) {
      return this.angle % 180 === 0 ? [page.largeur, page.hauteur] : [page.hauteur, page.largeur];
    }

    echelle() {
      if (typeof this.mode === "number" || !this.pages.length) return Number(this.mode) || 1;
      const largeur = Math.max(...this.pages.map((page) => this.dimensions(page)[0]));
      const hauteur = Math.max(...this.pages.map((page) => this.dimensions(page)[1]));
      const enLargeur = Math.max(this.scene.clientWidth - MARGE, 50) / largeur;
      if (this.mode === "largeur") return enLargeur;
      return Math.min(enLargeur, Math.max(this.scene.clientHeight - MARGE, 50) / hauteur);
    }

    zoomer(mode) {
      if (!this.pages.length) return;
      this.mode = typeof mode === "number" ? Math.min(Math.max(mode, MIN), MAX) : mode;
      const rang = this.rang;
      this.disposer();
      this.pages[rang].cadre.scrollIntoView({ block: "nearest" });
      dire("Zoom " + this.racine.querySelector("[data-vz-echelle]").textContent);
    }

    tourner(angle) {
      if (!this.pages.length) return;
      this.angle = (this.angle + angle + 360) % 360;
      this.disposer();
      dire(this.angle ? "Document tourné de " + this.angle + " degrés" : "Document droit");
    }

    /** Give each page its size on screen; what is in sight is painted anew. */
    disposer() {
      const echelle = this.echelle();
      this.racine.querySelector("[data-vz-echelle]").textContent = Math.round(echelle * 100) + "\u00a0%";
      this.racine.dataset.vzAngle = this.angle;
      this.racine.querySelectorAll("[data-vz][aria-pressed]").forEach((bouton) => {
        bouton.setAttribute("aria-pressed", String(bouton.dataset.vz === this.mode));
      });
      this.pages.forEach((page) => {
        const [largeur, hauteur] = this.dimensions(page);
        page.cadre.style.width = Math.floor(largeur * echelle) + "px";
        page.cadre.style.height = Math.floor(hauteur * echelle) + "px";
        if (page.img) {
          page.img.style.width = Math.floor(page.largeur * echelle) + "px";
          page.img.style.height = Math.floor(page.hauteur * echelle) + "px";
          page.img.style.transform = "translate(-50%, -50%) rotate(" + this.angle + "deg)";
        } else if (page.visible) this.peindre(page);
      });
    }

    async peindre(page) {
      const echelle = this.echelle();
      const voulu = echelle + "|" + this.angle;
      if (page.peinte === voulu) return;
      page.peinte = voulu;
      if (page.travail) page.travail.cancel();
      const vue = page.feuille.getViewport({ scale: echelle * POINT, rotation: (page.feuille.rotate + this.angle) % 360 });
      const finesse = Math.min(window.devicePixelRatio || 1, Math.sqrt(MAX_PIXELS / (vue.width * vue.height)));
      const toile = creer("canvas");
      toile.setAttribute("aria-hidden", "true");
      toile.width = Math.max(1, Math.floor(vue.width * finesse));
      toile.height = Math.max(1, Math.floor(vue.height * finesse));
      const texte = creer("div", "vz-texte");
      texte.style.setProperty("--total-scale-factor", String(echelle * POINT));
      try {
        page.travail = page.feuille.render({ canvas: toile, viewport: vue, transform: finesse === 1 ? null : [finesse, 0, 0, finesse, 0, 0] });
        await page.travail.promise;
        if (page.peinte !== voulu) return;
        page.cadre.replaceChildren(toile, texte);
        await new page.module.TextLayer({ textContentSource: page.feuille.streamTextContent(), container: texte, viewport: vue }).render();
      } catch (erreur) {
        if (page.peinte !== voulu || erreur.name === "RenderingCancelledException") return;
        page.peinte = "";
        page.cadre.replaceChildren(creer("p", "v-discret", "Cette page ne s’affiche pas. Téléchargez le document pour la lire."));
      }
    }

    effacer(page) {
      if (!page.feuille || !page.cadre) return;
      if (page.travail) page.travail.cancel();
      page.peinte = "";
      page.cadre.replaceChildren();
    }

    // -- pages -----------------------------------------------------------------------------------------------------------------

    situer() {
      if (this.pages.length < 2) return;
      const milieu = this.scene.scrollTop + this.scene.clientHeight / 3;
      const trouvee = this.pages.findIndex((page) => page.cadre.offsetTop + page.cadre.offsetHeight > milieu);
      this.rang = trouvee === -1 ? this.pages.length - 1 : trouvee;
      this.racine.querySelector("[data-vz-rang]").textContent = "page " + (this.rang + 1) + " / " + this.pages.length;
      this.fermer("page-precedente", this.rang === 0);
      this.fermer("page-suivante", this.rang === this.pages.length - 1);
    }

    allerA(rang) {
      if (rang < 0 || rang >= this.pages.length) return;
      this.scene.scrollTop = this.pages[rang].cadre.offsetTop - 8;
      this.rang = rang;
      this.situer();
      dire("Page " + (rang + 1) + " sur " + this.pages.length);
    }

    /** A button that does nothing now keeps the focus it has: it says so instead of vanishing. */
    fermer(geste, ferme) {
      this.racine.querySelector('[data-vz="' + geste + '"]').setAttribute("aria-disabled", String(ferme));
    }
  }

  const ouvertes = new Map();

  function preparer(racine) {
    ouvertes.forEach((visionneuse, element) => {
      if (element.isConnected) return;
      visionneuse.detruire();
      ouvertes.delete(element);
    });
    const trouvees = racine.matches?.("[data-visionneuse]") ? [racine] : racine.querySelectorAll("[data-visionneuse]");
    trouvees.forEach((element) => { if (!ouvertes.has(element)) ouvertes.set(element, new Visionneuse(element)); });
  }

  document.addEventListener("DOMContentLoaded", () => preparer(document));
  document.addEventListener("htmx:load", (evenement) => preparer(evenement.detail.elt));
})();
