// Filters that need no button, buttons that act once, and questions before what cannot be undone.

export function enhanceForms() {
  for (const form of document.querySelectorAll("[data-autosubmit]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  for (const form of document.querySelectorAll("[data-once]")) {
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("[type=submit], button:not([type])")) {
        // After the form has been read, so that the button's own value still travels.
        setTimeout(() => (button.disabled = true));
      }
    });
  }
  for (const form of document.querySelectorAll("[data-confirm]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  }
  // A page that comes back from the browser's memory has its buttons again.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("[data-once] :disabled")) button.disabled = false;
  });
  for (const details of document.querySelectorAll("[data-close-with-js]")) details.open = false;
  const wrong = document.querySelector("[aria-invalid=true]");
  // After the page has loaded: an address with a #part takes the focus there until then.
  if (wrong) window.addEventListener("load", () => setTimeout(() => wrong.focus()));
}
