/* What the form of a message adds to vigie.js and htmx.
 *
 *   data-remplace="id"   a form whose answer replaces what is typed in that field: asks first when something is
 *   data-imprimer-messages   prints the page
 */
(function () {
  "use strict";

  document.addEventListener("htmx:confirm", (evenement) => {
    const formulaire = evenement.detail.elt.closest("[data-remplace]");
    const champ = formulaire && document.getElementById(formulaire.dataset.remplace);
    if (!champ || !champ.value.trim() || window.confirm("Remplacer le texte commencé ?")) return;
    evenement.preventDefault();
  });

  document.addEventListener("click", (evenement) => {
    if (evenement.target instanceof Element && evenement.target.closest("[data-imprimer-messages]")) window.print();
  });
})();
