/* Passkeys: the button of a form asks the device, and the form carries its answer. Options stand in the page as data,
   base64 by webauthn-json. Without this file the page offers its other ways. */
(() => {
  "use strict";

  const show = (form, part, shown) => {
    form.querySelectorAll(`[${part}]`).forEach((element) => { element.hidden = !shown; });
  };

  const ask = async (form) => {
    const options = JSON.parse(document.getElementById("passkey-options").textContent);
    const answer = await window.webauthnJSON[form.dataset.passkey](options);
    form.elements.credential.value = JSON.stringify(answer);
    form.submit();
  };

  const prepare = (form) => {
    if (!window.webauthnJSON?.supported()) return;
    show(form, "data-passkey-unable", false);
    show(form, "data-passkey-start", true);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      show(form, "data-passkey-trouble", false);
      ask(form).catch(() => show(form, "data-passkey-trouble", true));
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-passkey]").forEach(prepare);
  });
})();
