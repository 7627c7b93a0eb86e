/* Files sent straight to the store: announce, PUT, confirm, follow. portal/depots.py says what the server answers.
 *
 * A page declares (docs/collectivite.md):
 *   data-depot="address"         a box: where a file is announced. Files dropped on it, or chosen in its inputs, are sent at once
 *     input[type=file]           one or several, plain or `capture` for a telephone's camera
 *     data-depot-liste           the list in which each file gets its line
 *     data-taille-max            the greatest size, in megabytes
 *     data-depot-rafraichir      "id": the element (with hx-get and hx-trigger="depot:fini") reloaded once all is checked
 *     data-depot-courrier        the box announces a paper without a dossier: the id of the file goes to this hidden field
 *   data-depot-suivi="address"   a line whose file is still under check when the page is drawn
 */
(function () {
  "use strict";

  const TYPES = {
    pdf: "application/pdf", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png",
    tif: "image/tiff", tiff: "image/tiff", heic: "image/heic",
  };
  const ACCEPTES = new Set(Object.values(TYPES));
  // The browser writes these by itself, from the body: a script may not.
  const RESERVES = new Set(["content-length", "host"]);
  const PAUSES = [700, 1000, 1500, 2500, 4000];

  const jeton = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const dire = (texte) => { if (window.vigie) window.vigie.annoncer(texte); };
  const typeDe = (fichier) => ACCEPTES.has(fichier.type) ? fichier.type : TYPES[fichier.name.split(".").pop().toLowerCase()] || fichier.type;

  class Refuse extends Error {}

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

  function envoyer(depot, fichier, avancer) {
    return new Promise((resoudre, rejeter) => {
      const requete = new XMLHttpRequest();
      requete.open(depot.methode, depot.url);
      for (const [nom, valeur] of Object.entries(depot.entetes)) {
        if (!RESERVES.has(nom.toLowerCase())) requete.setRequestHeader(nom, valeur);
      }
      requete.upload.addEventListener("progress", (evenement) => {
        if (evenement.lengthComputable) avancer(evenement.loaded / evenement.total);
      });
      requete.addEventListener("load", () => {
        if (requete.status >= 200 && requete.status < 300) resoudre();
        else rejeter(new Refuse("Le stockage a refusé ce fichier. Réessayez."));
      });
      requete.addEventListener("error", () => rejeter(new Refuse("L’envoi s’est interrompu. Vérifiez votre connexion, puis réessayez.")));
      requete.send(fichier);
    });
  }

  // -- one line per file ----------------------------------------------------------------------------------------------------

  class Ligne {
    constructor(liste, fichier) {
      this.element = document.createElement("li");
      this.element.className = "v-depot-fichier";
      const nom = document.createElement("span");
      nom.className = "v-depot-nom";
      nom.textContent = fichier.name;
      this.barre = document.createElement("progress");
      this.barre.className = "v-progression";
      this.barre.max = 100;
      this.barre.value = 0;
      this.barre.setAttribute("aria-label", "Envoi de " + fichier.name);
      this.texte = document.createElement("span");
      this.texte.className = "v-depot-texte";
      this.element.append(nom, this.barre, this.texte);
      liste.append(this.element);
    }

    dire(texte, ton) {
      this.texte.textContent = texte;
      this.texte.className = "v-depot-texte" + (ton ? " v-texte-" + ton : "");
    }

    avancer(part) {
      const pourcent = Math.round(part * 100);
      this.barre.value = pourcent;
      this.dire("Envoi : " + pourcent + "\u00a0%");
    }

    envoyee() { this.barre.remove(); }

    echouer(texte, recommencer) {
      this.envoyee();
      this.dire(texte, "urgent");
      if (!recommencer) return;
      const bouton = document.createElement("button");
      bouton.type = "button";
      bouton.className = "btn btn-sm";
      bouton.textContent = "Réessayer";
      bouton.addEventListener("click", () => { this.element.remove(); recommencer(); });
      this.element.append(bouton);
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

  async function deposer(boite, fichier) {
    const ligne = new Ligne(boite.querySelector("[data-depot-liste]"), fichier);
    const maximum = Number(boite.dataset.tailleMax) || 25;
    const type = typeDe(fichier);
    if (!ACCEPTES.has(type)) return ligne.echouer("Ce type de fichier n’est pas accepté : envoyez un PDF ou une photo (JPEG, PNG, TIFF, HEIC).");
    if (fichier.size > maximum * 1024 * 1024) return ligne.echouer("Ce fichier dépasse " + maximum + " Mo : réduisez-le ou envoyez-le en plusieurs parties.");
    ligne.avancer(0);
    boite.enCours = (boite.enCours || 0) + 1;
    try {
      const annonce = await demander(boite.dataset.depot, {
        nom: fichier.name, type: type, taille: fichier.size, sha256: await empreinte(fichier),
      });
      await envoyer(annonce.depot, fichier, (part) => ligne.avancer(part));
      ligne.envoyee();
      const recu = await demander(annonce.confirmer, {});
      ligne.dire(recu.texte, recu.ton);
      dire(fichier.name + "\u00a0: " + recu.texte);
      const champ = boite.dataset.depotCourrier && document.getElementById(boite.dataset.depotCourrier);
      if (champ) champ.value = annonce.id;
      const etat = await suivre(annonce.suivi, (vu) => ligne.dire(vu.texte, vu.ton));
      dire(fichier.name + "\u00a0: " + etat.texte);
      if (etat.etat === "DISPONIBLE") boite.aRafraichir = true;
    } catch (erreur) {
      const texte = erreur instanceof Refuse ? erreur.message : "Ce fichier n’a pas pu être lu. Choisissez-le de nouveau.";
      ligne.echouer(texte, () => deposer(boite, fichier));
      dire(fichier.name + "\u00a0: " + texte);
    } finally {
      boite.enCours -= 1;
      if (!boite.enCours && boite.aRafraichir) {
        boite.aRafraichir = false;
        const cible = document.getElementById(boite.dataset.depotRafraichir || "");
        if (cible) cible.dispatchEvent(new CustomEvent("depot:fini", { bubbles: true }));
      }
    }
  }

  const deposerTous = (boite, fichiers) => Array.from(fichiers).forEach((fichier) => deposer(boite, fichier));

  // -- wiring: one listener for the document, so that boxes drawn later by htmx work too ------------------------------------------

  const boiteDe = (cible) => cible instanceof Element ? cible.closest("[data-depot]") : null;

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
    if (document.querySelector("[data-depot]")) evenement.preventDefault();
  }));
  window.addEventListener("beforeunload", (evenement) => {
    if (document.querySelector("[data-depot] progress")) evenement.preventDefault();
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
