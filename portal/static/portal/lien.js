/* A text to copy, a page to print.
 *
 *   data-copier="id"      copies the value of that field, and says so; where the browser forbids it, selects it
 *   data-imprimer         prints the page
 */
(function () {
  "use strict";

  const dire = (texte) => { if (window.vigie) window.vigie.annoncer(texte); };

  async function copier(bouton) {
    const champ = document.getElementById(bouton.dataset.copier);
    try {
      await navigator.clipboard.writeText(champ.value);
      bouton.textContent = "Copié";
      dire("L’adresse est copiée.");
      window.setTimeout(() => { bouton.textContent = "Copier"; }, 4000);
    } catch {
      champ.focus();
      champ.select();
      dire("L’adresse est sélectionnée : copiez-la au clavier.");
    }
  }

  document.addEventListener("click", (evenement) => {
    if (!(evenement.target instanceof Element)) return;
    const bouton = evenement.target.closest("[data-copier]");
    if (bouton) copier(bouton);
    if (evenement.target.closest("[data-imprimer]")) window.print();
  });
})();
