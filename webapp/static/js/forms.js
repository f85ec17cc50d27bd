// Filters that need no button, buttons that act once, and questions before what cannot be undone.

// Arrow keys walk through a list and change it at each step: only a choice made with a finger or
// a mouse sends the form at once, the keyboard sends it with Enter.
function submitOnChange(form) {
  let byKeyboard = false;
  form.addEventListener("pointerdown", () => (byKeyboard = false));
  form.addEventListener("keydown", (event) => {
    byKeyboard = true;
    if (event.key === "Enter") form.requestSubmit();
  });
  form.addEventListener("change", () => byKeyboard || form.requestSubmit());
}

export function enhanceForms() {
  document.querySelectorAll("[data-autosubmit]").forEach(submitOnChange);
  // On the document, because the map's pop-ups hold copies of the forms.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches("[data-submit-once]")) return;
    for (const button of event.target.querySelectorAll("[type=submit], button:not([type])")) {
      // After the form has been read, so that the button's own value still travels.
      setTimeout(() => (button.disabled = true));
    }
  });
  for (const form of document.querySelectorAll("[data-confirm]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  }
  // A page that comes back from the browser's memory has its buttons again.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("[data-submit-once] :disabled")) button.disabled = false;
  });
  for (const details of document.querySelectorAll("[data-close-with-js]")) details.open = false;
  const wrong = document.querySelector("[aria-invalid=true]");
  // After the page has loaded: an address with a #part takes the focus there until then.
  if (wrong) window.addEventListener("load", () => setTimeout(() => wrong.focus()));
}
