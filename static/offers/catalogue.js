/* Filters left empty stay out of the address, so that it reads well when shared; with or without htmx. */
(() => {
  "use strict";

  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-tidy]")) return;
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });
})();
