/* The simulator on paper: every « Pourquoi ? » is open while it prints, then as it was. */
(function () {
  "use strict";

  let ouverts = [];

  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("#resultat-cadre details:not([open])").forEach((details) => {
      details.open = true;
      ouverts.push(details);
    });
  });
  window.addEventListener("afterprint", () => {
    ouverts.forEach((details) => { details.open = false; });
    ouverts = [];
  });
  document.addEventListener("click", (evenement) => {
    if (evenement.target instanceof Element && evenement.target.closest("[data-imprimer-simulation]")) window.print();
  });
})();
