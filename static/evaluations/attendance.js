/* One key for each answer, then on to the next person. The page works without this file. */
(() => {
  "use strict";

  const answers = () => [...document.querySelectorAll("fieldset.answer")];

  document.querySelectorAll("[data-keys]").forEach((hint) => { hint.hidden = false; });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.type !== "radio") return;
    const one = event.target.closest("fieldset.answer");
    const choice = one?.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!choice) return;
    event.preventDefault();
    choice.checked = true;
    const all = answers();
    const next = all[all.indexOf(one) + 1];
    (next?.querySelector(":checked") || choice).focus();
  });
})();
