/* What the gestionnaires' pages add to vigie.js: undo that fades, filters of the thread, printing.
 *
 *   data-disparait="10"     removes the element after so many seconds
 *   data-ferme-apres        a form whose dialog closes once its answer has come, unless the answer is the form again
 *   data-fil-filtre         check boxes that show or hide the lines [data-genre] of the thread
 *   data-imprimer           prints the page
 */
(function () {
  "use strict";

  function preparer(racine) {
    racine.querySelectorAll("[data-disparait]").forEach((element) => {
      window.setTimeout(() => element.remove(), Number(element.dataset.disparait) * 1000);
    });
  }

  document.addEventListener("htmx:load", (evenement) => preparer(evenement.detail.elt.parentElement || evenement.detail.elt));
  document.addEventListener("htmx:oobAfterSwap", (evenement) => preparer(evenement.detail.target));

  // A row that has been replaced keeps the focus, so that j and k go on from it.
  document.addEventListener("htmx:afterSwap", (evenement) => {
    const ligne = evenement.detail.target.id && document.getElementById(evenement.detail.target.id);
    if (!ligne || !ligne.matches("[data-ligne]") || document.activeElement !== document.body) return;
    const lien = ligne.querySelector("[data-ligne-lien]");
    if (lien) lien.focus();
  });

  document.addEventListener("htmx:afterRequest", (evenement) => {
    const formulaire = evenement.detail.elt.closest("[data-ferme-apres]");
    if (!formulaire || evenement.detail.xhr.status === 422) return;
    const dialogue = formulaire.closest("dialog");
    if (dialogue) dialogue.close();
  });

  document.addEventListener("change", (evenement) => {
    const groupe = evenement.target instanceof Element && evenement.target.closest("[data-fil-filtre]");
    if (!groupe) return;
    const montres = new Set(Array.from(groupe.querySelectorAll("input:checked"), (caseACocher) => caseACocher.value));
    document.querySelectorAll(".g-fil [data-genre]").forEach((ligne) => { ligne.hidden = !montres.has(ligne.dataset.genre); });
  });

  document.addEventListener("click", (evenement) => {
    if (evenement.target instanceof Element && evenement.target.closest("[data-imprimer]")) window.print();
  });
})();
