/* The admin's search-as-you-type fields say their label to a screen reader, as any other field does. */
(() => {
  "use strict";

  const sayLabel = (select) => {
    const label = document.querySelector(`label[for="${select.id}"]`)?.textContent.trim();
    if (!label) return;
    select.parentElement.querySelectorAll('[role="combobox"], [role="textbox"]').forEach((part) => {
      part.setAttribute("aria-label", label);
      part.removeAttribute("aria-labelledby");
    });
  };

  /* jQuery's own queue: what it draws these fields with stands in it before us. */
  window.django?.jQuery?.(() => document.querySelectorAll("select.admin-autocomplete").forEach(sayLabel));
})();
