// The secret of the link stands in the fragment of the address, which is never sent: it is put in its field, then wiped from the bar.
(function () {
  "use strict";
  var champ = document.getElementById("id_secret");
  var secret = window.location.hash.slice(1);
  if (!champ || !secret) return;
  champ.value = decodeURIComponent(secret);
  window.history.replaceState(null, "", window.location.pathname);
  var suivant = document.getElementById("id_password1");
  if (suivant) suivant.focus();
})();
