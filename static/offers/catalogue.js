/* The catalogue's filters, with or without htmx. */
(() => {
  "use strict";

  /* Filters left empty stay out of the address, so that it reads well when shared. */
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-tidy]")) return;
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });

  const touched = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) {
      const offered = [...field.options];
      return !(offered.find((option) => option.defaultSelected) ?? offered[0])?.selected;
    }
    // What a date or number field can't show, it holds as empty: nobody touched it.
    return "defaultValue" in field && field.value !== "" && field.value !== field.defaultValue;
  };

  /* A hand quicker than this page's scripts chose before anybody listened, or the browser put back what was typed:
     the list follows what the form shows. */
  window.addEventListener("load", () => {
    document.querySelectorAll("form[data-tidy]").forEach((form) => {
      if ([...form.elements].some(touched)) window.htmx?.trigger(form, "change");
    });
  });
})();
