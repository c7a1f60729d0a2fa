/* Says it when what is typed could not be kept; without this file the draft is kept all the same. */
(() => {
  "use strict";

  const say = (words) => {
    const told = document.createElement("p");
    told.className = "alert alert-warning";
    told.textContent = words;
    document.getElementById("draft-state").replaceChildren(told);
  };

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches("form[data-draft]")) return;
    const answer = event.detail.xhr;
    if (!event.detail.successful) {
      say("Pas encore gardé : le portail ne répond pas. Ce que vous avez écrit reste dans cette page, nous réessaierons.");
    } else if (!answer.responseText.includes('id="draft-said"')) {
      say("Pas gardé : votre session est finie. Connectez-vous dans un autre onglet, puis revenez ici.");
    }
  });
})();
