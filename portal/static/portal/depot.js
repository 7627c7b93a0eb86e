/* Files sent straight to the store, or, medical ones, straight to the bulle. portal/depots.py says what the server answers.
 *
 * A page declares (docs/collectivite.md):
 *   data-depot="address"         a box: where a file is announced. Files dropped on it, or chosen in its inputs, are sent at once
 *     input[type=file]           one or several, plain or `capture` for a telephone's camera
 *     data-depot-liste           the list in which each file gets its line: progress, answer in words, « Annuler », « Réessayer »
 *     data-taille-max            the greatest size, in megabytes
 *     data-depot-alternative     a field inside: which of the documents that suffice these files are
 *     data-depot-remplacer       a check box inside: the files make a new version, in the place of the one it names (data-version)
 *     data-depot-rafraichir      "id": the element (with hx-get and hx-trigger="depot:fini") reloaded once all is checked
 *     data-depot-courrier        the box announces a paper without a dossier: the id of the file goes to this hidden field
 *   data-depot-pli="address"     a box for a medical pièce: the address gives a one-time right, the file goes to the bulle alone
 *   data-depot-suivi="address"   a line whose file is still under check when the page is drawn
 */
(function () {
  "use strict";

  const TYPES = {
    pdf: "application/pdf", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png",
    tif: "image/tiff", tiff: "image/tiff", heic: "image/heic", heif: "image/heic",
  };
  const ACCEPTES = new Set(Object.values(TYPES));
  // The browser writes these by itself, from the body: a script may not.
  const RESERVES = new Set(["content-length", "host"]);
  const PAUSES = [700, 1000, 1500, 2500, 4000];
  const ENSEMBLE = 3; // files sent at once; the others wait their turn
  const COUPURE = "L’envoi s’est interrompu. Vérifiez votre connexion, puis réessayez.";

  const jeton = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const dire = (texte) => { if (window.vigie) window.vigie.annoncer(texte); };
  const typeDe = (fichier) => ACCEPTES.has(fichier.type) ? fichier.type : TYPES[fichier.name.split(".").pop().toLowerCase()] || fichier.type;
  const boiteDe = (cible) => cible instanceof Element ? cible.closest("[data-depot], [data-depot-pli]") : null;

  class Refuse extends Error {}
  class Annule extends Error {}

  async function demander(adresse, corps) {
    let reponse;
    try {
      reponse = await fetch(adresse, {
        method: corps === undefined ? "GET" : "POST",
        headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": jeton() },
        body: corps === undefined ? undefined : JSON.stringify(corps),
        credentials: "same-origin",
        redirect: "error",
      });
    } catch {
      throw new Refuse("Le serveur ne répond pas. Vérifiez votre connexion, puis réessayez.");
    }
    const donnees = await reponse.json().catch(() => ({}));
    if (!reponse.ok) throw new Refuse(donnees.erreur || "Une erreur est survenue : rechargez la page, puis réessayez.");
    return donnees;
  }

  /** SHA-256 in hexadecimal, or nothing where the page's context forbids it. */
  async function empreinte(fichier) {
    if (!window.crypto || !window.crypto.subtle) return "";
    const resume = await window.crypto.subtle.digest("SHA-256", await fichier.arrayBuffer());
    return Array.from(new Uint8Array(resume), (octet) => octet.toString(16).padStart(2, "0")).join("");
  }

  /** The file itself. Gives back the answer's JSON, empty where the store answers something else. */
  function envoyer(depot, fichier, ligne) {
    return new Promise((resoudre, rejeter) => {
      const requete = new XMLHttpRequest();
      requete.open(depot.methode, depot.url);
      for (const [nom, valeur] of Object.entries(depot.entetes)) {
        if (!RESERVES.has(nom.toLowerCase())) requete.setRequestHeader(nom, valeur);
      }
      requete.upload.addEventListener("progress", (evenement) => {
        if (evenement.lengthComputable) ligne.avancer(evenement.loaded / evenement.total);
      });
      requete.addEventListener("load", () => {
        let dit = {};
        try { dit = JSON.parse(requete.responseText); } catch { /* the store speaks XML, or says nothing */ }
        if (requete.status >= 200 && requete.status < 300) resoudre(dit);
        else rejeter(new Refuse(dit.message || "Le stockage a refusé ce fichier. Réessayez."));
      });
      requete.addEventListener("error", () => rejeter(new Refuse(COUPURE)));
      requete.addEventListener("abort", () => rejeter(new Annule()));
      ligne.annulable(() => requete.abort());
      requete.send(fichier);
    });
  }

  // -- one line per file ----------------------------------------------------------------------------------------------------

  class Ligne {
    constructor(liste, fichier) {
      this.nomFichier = fichier.name;
      this.element = document.createElement("li");
      this.element.className = "v-depot-fichier";
      const nom = document.createElement("span");
      nom.className = "v-depot-nom";
      nom.textContent = fichier.name;
      this.texte = document.createElement("span");
      this.texte.className = "v-depot-texte";
      this.element.append(nom, this.texte);
      liste.append(this.element);
    }

    dire(texte, ton) {
      this.texte.textContent = texte;
      this.texte.className = "v-depot-texte" + (ton ? " v-texte-" + ton : "");
    }

    /** What is said on the line and aloud. */
    conclure(texte, ton) {
      this.dire(texte, ton);
      dire(this.nomFichier + "\u00a0: " + texte);
    }

    commencer() {
      this.bouton = null;
      this.element.querySelectorAll("button, progress").forEach((vieux) => vieux.remove());
      this.barre = document.createElement("progress");
      this.barre.className = "v-progression";
      this.barre.max = 100;
      this.barre.value = 0;
      this.barre.setAttribute("aria-label", "Envoi de " + this.nomFichier);
      this.texte.before(this.barre);
      this.dire("En attente de son tour");
    }

    avancer(part) {
      const pourcent = Math.round(part * 100);
      this.barre.value = pourcent;
      this.dire("Envoi : " + pourcent + "\u00a0%");
    }

    ajouter(texte, geste) {
      const bouton = document.createElement("button");
      bouton.type = "button";
      bouton.className = "btn btn-sm";
      bouton.textContent = texte;
      bouton.setAttribute("aria-label", texte + " l’envoi de " + this.nomFichier);
      bouton.addEventListener("click", geste);
      this.element.append(bouton);
      return bouton;
    }

    annulable(geste) { this.bouton = this.ajouter("Annuler", geste); }

    envoyee() {
      if (this.barre) this.barre.remove();
      if (this.bouton) this.bouton.remove();
      this.barre = this.bouton = null;
    }

    echouer(texte, recommencer) {
      const avait = this.element.contains(document.activeElement);
      this.envoyee();
      this.conclure(texte, "urgent");
      if (!recommencer) return;
      const bouton = this.ajouter("Réessayer", recommencer);
      if (avait) bouton.focus();
    }
  }

  /** Ask until the check is over. Returns the last answer; a page left open for long asks less and less. */
  async function suivre(adresse, montrer) {
    for (let tour = 0; ; tour += 1) {
      await new Promise((suite) => { window.setTimeout(suite, PAUSES[Math.min(tour, PAUSES.length - 1)]); });
      const etat = await demander(adresse);
      montrer(etat);
      if (etat.fini || tour > 150) return etat;
    }
  }

  /** Why this file can't be sent, or nothing: known before a byte leaves. */
  function empechement(boite, fichier) {
    const maximum = Number(boite.dataset.tailleMax) || 25;
    if (!ACCEPTES.has(typeDe(fichier))) return "Ce type de fichier n’est pas accepté : envoyez un PDF ou une photo (JPEG, PNG, TIFF, HEIC).";
    if (fichier.size === 0) return "Ce fichier est vide.";
    if (fichier.size > maximum * 1024 * 1024) return "Ce fichier dépasse " + maximum + " Mo : réduisez-le ou envoyez-le en plusieurs parties.";
    return "";
  }

  /** One file from its choice to its answer. What was done is kept on `envoi`: trying again goes on from there. */
  class Envoi {
    constructor(boite, fichier) {
      this.boite = boite;
      this.fichier = fichier;
      this.ligne = new Ligne(boite.querySelector("[data-depot-liste]"), fichier);
    }

    async annoncer() {
      const fichier = this.fichier;
      const annonce = { nom: fichier.name, type: typeDe(fichier), taille: fichier.size, sha256: await empreinte(fichier) };
      const alternative = this.boite.querySelector("[data-depot-alternative]");
      if (alternative && alternative.value) annonce.alternative = alternative.value;
      const remplacer = this.boite.querySelector("[data-depot-remplacer]");
      if (remplacer && remplacer.checked) Object.assign(annonce, { remplacer: true, version: Number(remplacer.dataset.version) });
      return demander(this.boite.dataset.depot, annonce);
    }

    async parLeStockage() {
      if (!this.parti) {
        const recu = await this.annoncer();
        await envoyer(recu.depot, this.fichier, this.ligne);
        this.parti = recu;
      }
      this.ligne.envoyee();
      const recu = await demander(this.parti.confirmer, {});
      this.ligne.conclure(recu.texte, recu.ton);
      const champ = this.boite.dataset.depotCourrier && document.getElementById(this.boite.dataset.depotCourrier);
      if (champ) champ.value = this.parti.id;
      const etat = recu.fini ? recu : await suivre(this.parti.suivi, (vu) => this.ligne.dire(vu.texte, vu.ton));
      this.ligne.conclure(etat.texte, etat.ton);
      if (etat.etat === "DISPONIBLE") this.boite.aRafraichir = true;
    }

    async parLaBulle() {
      const type = typeDe(this.fichier);
      const { depot } = await demander(this.boite.dataset.depotPli, { type: type, taille: this.fichier.size });
      depot.entetes["X-Vigie-Nom"] = encodeURIComponent(this.fichier.name);
      const recu = await envoyer(depot, this.fichier, this.ligne);
      this.ligne.envoyee();
      this.ligne.conclure(recu.texte || "Reçu par le service médical.", "bon");
      this.boite.aRafraichir = true;
    }

    async faire() {
      const motif = empechement(this.boite, this.fichier);
      if (motif) return this.ligne.echouer(motif);
      this.ligne.avancer(0);
      try {
        await (this.boite.dataset.depotPli ? this.parLaBulle() : this.parLeStockage());
      } catch (erreur) {
        if (erreur instanceof Annule) return this.ligne.echouer("Envoi annulé : rien n’a été gardé.", () => this.reprendre());
        const texte = erreur instanceof Refuse ? erreur.message : "Ce fichier n’a pas pu être lu. Choisissez-le de nouveau.";
        this.ligne.echouer(texte, () => this.reprendre());
      }
    }

    reprendre() { enfiler(this.boite, [this]); }
  }

  /** A few files at once, in the order they were chosen; the page is drawn anew when the last has its answer. */
  function enfiler(boite, envois) {
    boite.file = (boite.file || []).concat(envois);
    envois.forEach((envoi) => envoi.ligne.commencer());
    avancer(boite);
  }

  function avancer(boite) {
    boite.enCours = boite.enCours || 0;
    while (boite.enCours < ENSEMBLE && boite.file.length) {
      boite.enCours += 1;
      boite.file.shift().faire().finally(() => {
        boite.enCours -= 1;
        avancer(boite);
      });
    }
    // A line that failed keeps its words and its « Réessayer »: nothing is redrawn over it.
    if (boite.enCours || !boite.aRafraichir || boite.querySelector("[data-depot-liste] .v-texte-urgent")) return;
    boite.aRafraichir = false;
    const cible = document.getElementById(boite.dataset.depotRafraichir || "");
    if (cible) cible.dispatchEvent(new CustomEvent("depot:fini", { bubbles: true }));
  }

  const deposerTous = (boite, fichiers) => enfiler(boite, Array.from(fichiers, (fichier) => new Envoi(boite, fichier)));

  // -- wiring: one listener for the document, so that boxes drawn later by htmx work too ------------------------------------------

  document.addEventListener("change", (evenement) => {
    const boite = boiteDe(evenement.target);
    if (!boite || evenement.target.type !== "file") return;
    deposerTous(boite, evenement.target.files);
    evenement.target.value = "";
  });

  ["dragenter", "dragover"].forEach((nom) => document.addEventListener(nom, (evenement) => {
    const boite = boiteDe(evenement.target);
    if (!boite || !evenement.dataTransfer.types.includes("Files")) return;
    evenement.preventDefault();
    boite.classList.add("v-depot-survol");
  }));
  ["dragleave", "drop"].forEach((nom) => document.addEventListener(nom, (evenement) => {
    const boite = boiteDe(evenement.target);
    if (!boite || (nom === "dragleave" && boite.contains(evenement.relatedTarget))) return;
    boite.classList.remove("v-depot-survol");
    if (nom === "drop") {
      evenement.preventDefault();
      deposerTous(boite, evenement.dataTransfer.files);
    }
  }));
  // A file dropped beside a box must not replace the page.
  ["dragover", "drop"].forEach((nom) => window.addEventListener(nom, (evenement) => {
    if (document.querySelector("[data-depot], [data-depot-pli]")) evenement.preventDefault();
  }));
  window.addEventListener("beforeunload", (evenement) => {
    if (document.querySelector("[data-depot-liste] progress")) evenement.preventDefault();
  });

  // Redrawn, a pièce gives the focus back to where its box was.
  let ayantLeFocus = "";
  document.addEventListener("htmx:beforeSwap", (evenement) => {
    const cible = evenement.detail.target;
    ayantLeFocus = cible.querySelector?.("[data-depot], [data-depot-pli]") && cible.contains(document.activeElement) ? cible.id : "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    const cible = ayantLeFocus && document.getElementById(ayantLeFocus);
    ayantLeFocus = "";
    if (!cible || document.activeElement !== document.body) return;
    cible.tabIndex = -1;
    cible.focus();
  });

  function reprendreSuivi(racine) {
    racine.querySelectorAll("[data-depot-suivi]").forEach((ligne) => {
      const texte = ligne.querySelector(".v-depot-texte");
      suivre(ligne.dataset.depotSuivi, (vu) => {
        texte.textContent = vu.texte;
        texte.className = "v-depot-texte v-texte-" + vu.ton;
      }).catch(() => {});
      ligne.removeAttribute("data-depot-suivi");
    });
  }
  document.addEventListener("DOMContentLoaded", () => reprendreSuivi(document));
  document.addEventListener("htmx:load", (evenement) => reprendreSuivi(evenement.detail.elt));
})();
