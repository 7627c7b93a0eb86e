/* What every page does without a framework: keyboard, dialogs, announcements, focus. No inline script, no storage in the browser.
 *
 * Pages declare, this file obeys (docs/interface.md):
 *   data-touche="n"              a key that clicks (or focuses) the element; its help is data-aide, else its label
 *   data-liste / data-ligne      a list walked by j and k; Enter follows data-ligne-lien (else the first link), x ticks the row's box
 *   data-touche-ligne="a"        a key that clicks this element of the current row
 *   data-ouvre="id"              opens the <dialog id>; data-ferme closes the one around it
 *   data-bascule="id"            shows or hides the element, with aria-expanded
 *   data-confirmer="Question ?"  asks before a form is sent
 *   data-fermer-dehors           a <details> that closes on a click elsewhere or on Escape
 *   data-focus                   takes the focus when it appears
 *   data-centrer=".f-present"    a frame that scrolls, brought to the first such part of what it shows
 *   data-envoi-auto              a form field that sends its form when it changes
 */
(function () {
  "use strict";

  const body = () => document.body;
  const visible = (element) => element.getClientRects().length > 0 && !element.disabled;

  // -- announcements -------------------------------------------------------------------------------------------------------

  /** Says a sentence to screen readers. */
  function annoncer(texte) {
    const region = document.getElementById("annonces");
    if (!region) return;
    region.textContent = "";
    window.setTimeout(() => { region.textContent = texte; }, 50);
  }

  // -- keyboard ------------------------------------------------------------------------------------------------------------

  const FLECHES = { ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓" };

  const raccourcisActifs = () => body().dataset.raccourcis === "oui";

  function enTrainDEcrire(cible) {
    if (!(cible instanceof Element)) return false;
    if (cible.isContentEditable || cible.closest("textarea, select")) return true;
    const input = cible.closest("input");
    return input !== null && !["checkbox", "radio", "button", "submit", "reset"].includes(input.type);
  }

  function touchesDe(element, attribut) {
    return (element.getAttribute(attribut) || "").split(/\s+/).filter(Boolean);
  }

  function nomDe(element) {
    if (element.dataset.aide) return element.dataset.aide;
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
    if (element.labels && element.labels.length) return element.labels[0].textContent.trim();
    const copie = element.cloneNode(true);
    copie.querySelectorAll("kbd").forEach((kbd) => kbd.remove());
    return copie.textContent.trim() || element.getAttribute("placeholder") || "";
  }

  function actionner(element) {
    if (element.matches("input:not([type=submit], [type=button], [type=checkbox], [type=radio]), textarea, select")) {
      element.focus();
      if (typeof element.select === "function") element.select();
    } else {
      element.click();
    }
  }

  const lignes = () => Array.from(document.querySelectorAll("[data-liste] [data-ligne]")).filter(visible);
  const lienDe = (ligne) => ligne.querySelector("[data-ligne-lien]") || ligne.querySelector("a[href]");

  function ligneCourante() {
    const sous = document.activeElement && document.activeElement.closest("[data-ligne]");
    return sous || document.querySelector("[data-ligne].v-ligne-courante");
  }

  function allerA(ligne) {
    document.querySelectorAll(".v-ligne-courante").forEach((autre) => autre.classList.remove("v-ligne-courante"));
    ligne.classList.add("v-ligne-courante");
    const lien = lienDe(ligne);
    if (lien) {
      lien.focus();
    } else {
      ligne.tabIndex = -1;
      ligne.focus();
    }
    ligne.scrollIntoView({ block: "nearest" });
  }

  function deplacer(pas) {
    const toutes = lignes();
    if (!toutes.length) return false;
    const rang = toutes.indexOf(ligneCourante());
    const suivant = rang === -1 ? (pas > 0 ? 0 : toutes.length - 1) : Math.min(Math.max(rang + pas, 0), toutes.length - 1);
    allerA(toutes[suivant]);
    return true;
  }

  function surLaLigne(touche) {
    const ligne = ligneCourante();
    if (!ligne) return false;
    if (touche === "Enter" && !document.activeElement.closest("a, button, input, summary")) {
      const lien = lienDe(ligne);
      if (lien) lien.click();
      return Boolean(lien);
    }
    if (touche === "x") {
      const case_ = ligne.querySelector("input[type=checkbox]");
      if (case_) case_.click();
      return Boolean(case_);
    }
    const element = Array.from(ligne.querySelectorAll("[data-touche-ligne]"))
      .find((candidat) => touchesDe(candidat, "data-touche-ligne").includes(touche) && visible(candidat));
    if (element) element.click();
    return Boolean(element);
  }

  function ouvrirAide() {
    const dialogue = document.getElementById("aide-clavier");
    const corps = dialogue.querySelector("[data-aide-touches]");
    corps.replaceChildren();
    const vues = new Set();
    const ajouter = (touche, effet) => {
      if (!effet || vues.has(touche)) return;
      vues.add(touche);
      const rangee = corps.insertRow();
      const kbd = document.createElement("kbd");
      kbd.textContent = FLECHES[touche] || touche;
      rangee.insertCell().append(kbd);
      rangee.insertCell().textContent = effet;
    };
    if (lignes().length) {
      ajouter("j", "Ligne suivante");
      ajouter("k", "Ligne précédente");
      ajouter("Entrée", "Ouvrir la ligne");
      if (document.querySelector("[data-ligne] input[type=checkbox]")) ajouter("x", "Choisir la ligne");
    }
    document.querySelectorAll("[data-touche-ligne]").forEach((element) => {
      touchesDe(element, "data-touche-ligne").forEach((touche) => ajouter(touche, nomDe(element) + " (ligne courante)"));
    });
    document.querySelectorAll("[data-touche]").forEach((element) => {
      if (visible(element)) touchesDe(element, "data-touche").forEach((touche) => ajouter(touche, nomDe(element)));
    });
    ajouter("?", "Cette aide");
    ouvrir(dialogue);
  }

  function nomDeTouche(evenement) {
    if (evenement.ctrlKey || evenement.metaKey) return "ctrl+" + evenement.key.toLowerCase();
    return evenement.key;
  }

  document.addEventListener("keydown", (evenement) => {
    if (evenement.key === "Escape") {
      document.querySelectorAll("details[open][data-fermer-dehors], details[open].v-deroulant").forEach((details) => {
        details.open = false;
        if (details.contains(document.activeElement)) details.querySelector("summary").focus();
      });
      if (enTrainDEcrire(evenement.target) && evenement.target.matches("[data-touche]")) evenement.target.blur();
      return;
    }
    if (!raccourcisActifs() || evenement.altKey || evenement.defaultPrevented || evenement.isComposing) return;
    const touche = nomDeTouche(evenement);
    if (!touche.startsWith("ctrl+") && enTrainDEcrire(evenement.target)) return;
    if (document.querySelector("dialog[open]")) return;
    let fait = false;
    if (touche === "?") {
      ouvrirAide();
      fait = true;
    } else if (touche === "j" || touche === "k") {
      fait = deplacer(touche === "j" ? 1 : -1);
    }
    if (!fait && !touche.startsWith("ctrl+")) fait = surLaLigne(touche);
    if (!fait) {
      const element = Array.from(document.querySelectorAll("[data-touche]"))
        .find((candidat) => touchesDe(candidat, "data-touche").includes(touche) && visible(candidat));
      if (element) {
        actionner(element);
        fait = true;
      }
    }
    if (fait) evenement.preventDefault();
  });

  // -- dialogs, toggles, confirmations ----------------------------------------------------------------------------------------

  function ouvrir(dialogue) {
    if (dialogue && !dialogue.open) dialogue.showModal();
  }

  document.addEventListener("click", (evenement) => {
    const cible = evenement.target;
    if (!(cible instanceof Element)) return;
    const ouvreur = cible.closest("[data-ouvre]");
    if (ouvreur) {
      if (ouvreur.dataset.ouvre === "aide-clavier") ouvrirAide();
      else ouvrir(document.getElementById(ouvreur.dataset.ouvre));
    }
    const fermeur = cible.closest("[data-ferme]");
    if (fermeur && fermeur.closest("dialog")) fermeur.closest("dialog").close();
    const bascule = cible.closest("[data-bascule]");
    if (bascule) {
      const ouvert = bascule.getAttribute("aria-expanded") !== "true";
      bascule.setAttribute("aria-expanded", String(ouvert));
      const element = document.getElementById(bascule.dataset.bascule);
      if (element && !element.classList.contains("v-barre-corps")) element.hidden = !ouvert;
    }
    document.querySelectorAll("details[open][data-fermer-dehors], details[open].v-deroulant").forEach((details) => {
      if (!details.contains(cible)) details.open = false;
    });
    const lien = cible.closest(".v-message-error a[href^='#']");
    if (lien) {
      const champ = document.getElementById(lien.getAttribute("href").slice(1));
      if (champ) {
        evenement.preventDefault();
        const controle = champ.matches("input, select, textarea") ? champ : champ.querySelector("input, select, textarea");
        (controle || champ).focus();
        champ.scrollIntoView({ block: "center" });
      }
    }
  });

  document.addEventListener("submit", (evenement) => {
    const question = evenement.submitter?.dataset.confirmer || evenement.target.dataset.confirmer;
    if (question && !window.confirm(question)) evenement.preventDefault();
  });

  document.addEventListener("change", (evenement) => {
    const champ = evenement.target;
    if (champ instanceof Element && champ.matches("[data-envoi-auto]")) champ.form.requestSubmit();
    if (champ instanceof Element && champ.matches("[data-tout]")) {
      document.querySelectorAll(`[data-liste] input[type=checkbox][name="${CSS.escape(champ.dataset.tout)}"]`)
        .forEach((case_) => { case_.checked = champ.checked; });
    }
  });

  // -- htmx: what changed is announced, what failed is said -------------------------------------------------------------------

  function centrer(cadre) {
    const partie = cadre.querySelector(cadre.dataset.centrer);
    if (!partie) return;
    const [dedans, dehors] = [partie.getBoundingClientRect(), cadre.getBoundingClientRect()];
    cadre.scrollLeft += dedans.left + dedans.width / 2 - dehors.left - dehors.width / 2;
    cadre.scrollTop += dedans.top + dedans.height / 2 - dehors.top - dehors.height / 2;
  }

  // What is folded has no size: it is brought there once it opens. « toggle » does not bubble.
  document.addEventListener("toggle", (evenement) => {
    if (evenement.target.open) evenement.target.querySelectorAll("[data-centrer]").forEach(centrer);
  }, true);

  function preparer(racine) {
    const cible = racine.matches?.("[data-focus]") ? racine : racine.querySelector("[data-focus]");
    if (cible) cible.focus();
    racine.querySelectorAll("[data-centrer]").forEach(centrer);
    if (raccourcisActifs()) {
      racine.querySelectorAll("[data-touche]").forEach((element) => {
        element.setAttribute("aria-keyshortcuts", touchesDe(element, "data-touche").join(" ").replace("ctrl+", "Control+"));
      });
    }
  }

  document.addEventListener("htmx:load", (evenement) => preparer(evenement.detail.elt));
  document.addEventListener("annoncer", (evenement) => annoncer(evenement.detail.value || evenement.detail.texte || ""));
  document.addEventListener("htmx:sendError", () => annoncer("Le serveur ne répond pas. Rien n’a été enregistré."));
  document.addEventListener("htmx:responseError", (evenement) => {
    const status = evenement.detail.xhr.status;
    if (status >= 500) annoncer("Une erreur est survenue. Rien n’a été enregistré.");
  });
  // A refused form comes back with its errors: 4xx answers that carry HTML of ours are shown in place.
  document.addEventListener("htmx:beforeSwap", (evenement) => {
    const detail = evenement.detail;
    if ([400, 403, 404, 409, 422].includes(detail.xhr.status) && detail.xhr.getResponseHeader("X-Vigie-Fragment") === "1") {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    preparer(body());
    const messages = document.getElementById("messages");
    const texte = messages ? messages.textContent.trim().replace(/\s+/g, " ") : "";
    if (texte && !messages.querySelector("[role=alert]")) annoncer(texte);
  });

  window.vigie = { annoncer, ouvrir };
})();
