/* What a browser with JavaScript gets on top. Every page works without this file. */
(() => {
  "use strict";

  const focusFirstError = (root) => {
    const summary = root.querySelector("[data-error-summary]");
    const sentence = root.querySelector("main form .alert-block");
    const field = root.querySelector(".is-invalid, [aria-invalid='true']");
    if (sentence) sentence.tabIndex = -1;
    (summary || sentence || field)?.focus();
  };

  const showPrintButtons = (root) => {
    root.querySelectorAll("[data-print][hidden]").forEach((button) => { button.hidden = false; });
  };

  const release = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    document.querySelectorAll("details.account[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.account[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  /* A second click within ten seconds is a slip of the hand. Buttons stay enabled, so that their value is sent and
     the server's own guard against doubles remains the one that counts. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "resubmit" in form.dataset) return;
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 10000) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = String(Date.now());
    event.submitter?.setAttribute("aria-busy", "true");
  });

  /* The page kept by the back button comes back ready to be sent again. */
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-sent]");
    if (form) release(form);
  });

  /* A form refused with 4xx comes back as a page with its sentences: show it. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([400, 409, 422].includes(event.detail.xhr.status)) event.detail.shouldSwap = true;
  });

  document.addEventListener("htmx:load", (event) => showPrintButtons(event.target));

  document.addEventListener("DOMContentLoaded", () => {
    showPrintButtons(document);
    focusFirstError(document);
  });
})();
