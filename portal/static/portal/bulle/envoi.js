/* One file to the bulle, as the raw body of a PUT: it is encrypted as it comes. And the secret of an agent's address, kept after its « # ».
 *
 *   data-envoi="address"            a box: where the file is put
 *     data-envoi-verifier="address" an agent's box: the secret of the page's address is verified there first, then sent as a header
 *     input[type=file]              one or two (a plain one, a camera)
 *     data-envoi-etat               what happens, in words
 *     data-envoi-progression        a <progress>
 *     data-envoi-boite              what is shown once the secret is verified, hidden again once the file has left
 *   form[data-secret]               a form whose field « secret » takes the secret of the page's address
 */
(function () {
  "use strict";

  const TYPES = {
    pdf: "application/pdf", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png",
    tif: "image/tiff", tiff: "image/tiff", heic: "image/heic", heif: "image/heic",
  };
  const MAX = 25 * 1024 * 1024;
  const COUPURE = "L’envoi s’est interrompu. Vérifiez votre connexion, puis choisissez le fichier de nouveau.";

  const secret = () => decodeURIComponent(window.location.hash.slice(1));
  const jeton = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const extension = (nom) => nom.split(".").pop().toLowerCase();
  const typeDe = (fichier) => Object.values(TYPES).includes(fichier.type) ? fichier.type : TYPES[extension(fichier.name)] || "";

  class Boite {
    constructor(racine) {
      this.racine = racine;
      this.etat = racine.querySelector("[data-envoi-etat]");
      this.progression = racine.querySelector("[data-envoi-progression]");
      this.champs = Array.from(racine.querySelectorAll("input[type=file]"));
      this.boite = racine.querySelector("[data-envoi-boite]");
      this.champs.forEach((champ) => champ.addEventListener("change", () => {
        if (champ.files.length) this.envoyer(champ.files[0]);
        champ.value = "";
      }));
      if (racine.dataset.envoiVerifier) this.verifier();
    }

    dire(texte, ton) {
      this.etat.textContent = texte;
      this.etat.className = "b-envoi-etat v-texte-" + (ton || "actif");
    }

    async verifier() {
      if (!secret()) return this.dire("Ce lien est incomplet : recopiez-le en entier, jusqu’au dernier caractère.", "urgent");
      try {
        const reponse = await fetch(this.racine.dataset.envoiVerifier, {
          method: "POST", headers: { "X-Vigie-Laissez-Passer": secret(), "X-CSRFToken": jeton() }, cache: "no-store",
        });
        const dit = await reponse.json();
        if (!reponse.ok) return this.dire(dit.message, "urgent");
        this.dire(dit.texte);
        this.boite.hidden = false;
      } catch {
        this.dire("Le service ne répond pas. Réessayez dans quelques minutes : votre lien reste bon.", "urgent");
      }
    }

    envoyer(fichier) {
      const type = typeDe(fichier);
      if (!type) return this.dire("Envoyez un PDF ou une photo (JPEG, PNG, TIFF, HEIC).", "urgent");
      if (!fichier.size) return this.dire("Ce fichier est vide.", "urgent");
      if (fichier.size > MAX) return this.dire("Ce fichier dépasse 25 Mo : réduisez-le.", "urgent");
      const envoi = new XMLHttpRequest();
      envoi.open("PUT", this.racine.dataset.envoi);
      envoi.setRequestHeader("Content-Type", type);
      envoi.setRequestHeader("X-Vigie-Nom", encodeURIComponent(fichier.name));
      if (this.racine.dataset.envoiVerifier) envoi.setRequestHeader("X-Vigie-Laissez-Passer", secret());
      else envoi.setRequestHeader("X-CSRFToken", jeton());
      envoi.upload.addEventListener("progress", (evenement) => {
        if (evenement.lengthComputable) this.progression.value = Math.round(100 * evenement.loaded / evenement.total);
      });
      envoi.addEventListener("error", () => this.finir(COUPURE, false));
      envoi.addEventListener("load", () => {
        let dit = {};
        try { dit = JSON.parse(envoi.responseText); } catch { dit = {}; }
        if (envoi.status === 201) this.finir(dit.texte, true);
        else this.finir(dit.message || "Ce fichier n’a pas pu être reçu. Réessayez dans quelques minutes.", false);
      });
      this.champs.forEach((champ) => { champ.disabled = true; });
      this.progression.hidden = false;
      this.progression.value = 0;
      this.dire("Envoi de " + fichier.name + "…");
      envoi.send(fichier);
    }

    finir(texte, recu) {
      this.progression.hidden = true;
      this.champs.forEach((champ) => { champ.disabled = false; });
      this.dire(texte + (recu && this.boite ? " Vous pouvez fermer cette page." : ""), recu ? "bon" : "urgent");
      if (recu && this.boite) {
        this.boite.hidden = true;
        window.history.replaceState(null, "", window.location.pathname);
        this.etat.focus();
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-envoi]").forEach((racine) => new Boite(racine));
    document.querySelectorAll("form[data-secret]").forEach((formulaire) => {
      const champ = formulaire.elements.namedItem("secret");
      if (!champ.value) champ.value = secret();
    });
  });
})();
