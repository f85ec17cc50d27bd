// Filters that submit themselves, forms that submit once, and confirmation of what cannot be undone.

// Arrow keys in a <select> change its value at each step. So only a change made with a pointer submits
// the form at once; with the keyboard, Enter submits it.
function submitOnChange(form) {
  let byKeyboard = false;
  form.addEventListener("pointerdown", () => (byKeyboard = false));
  form.addEventListener("keydown", (event) => {
    byKeyboard = true;
    if (event.key === "Enter") form.requestSubmit();
  });
  form.addEventListener("change", () => byKeyboard || form.requestSubmit());
}

// The error of a field goes when the field is changed: it was about what was there before.
function clearFieldError({ target }) {
  const field = target.closest?.(".field-wrong");
  if (!field) return;
  field.classList.remove("field-wrong");
  field.querySelector(".field-error")?.remove();
  target.classList.remove("is-invalid");
  target.removeAttribute("aria-invalid");
}

// What belongs to one choice of a <select> is shown with it: data-shown-for="NAME=VALUE".
function showForChoice(part) {
  const [name, value] = part.dataset.shownFor.split("=");
  const select = part.closest("form").elements[name];
  const update = () => (part.hidden = select.value !== value);
  select.addEventListener("change", update);
  update();
}

// Also those that stand elsewhere on the page and belong to the form.
const submitButtons = (form) => [...form.elements].filter((element) => element.matches("[type=submit], button:not([type])"));

// Of forms that were sent, so that they can be sent again.
export function enableButtons() {
  for (const form of document.querySelectorAll("[data-submit-once]")) {
    for (const button of submitButtons(form)) button.disabled = false;
  }
}

// An error that is about no single field. A screen reader reads what gets the focus.
function findFormError() {
  const error = document.querySelector("main :is(form, [data-point-errors]) [role=alert]:not([hidden])");
  if (error) error.tabIndex = -1;
  return error;
}

export function enhanceForms() {
  document.addEventListener("input", clearFieldError);
  document.querySelectorAll("[data-autosubmit]").forEach(submitOnChange);
  // Listen on the document, because pop-ups of the map and the view beside a list get their forms later.
  // First the question: what was answered with no is not sent by anybody.
  const confirmSubmit = (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  };
  // A photo that was chosen would be gone with the answer of the server: the browser says what is missing.
  const checkFirst = (event) => {
    const hasFile = [...event.target.elements].some((each) => each.type === "file" && each.files.length > 0);
    if (hasFile && event.target.matches("[data-check-first]") && !event.target.reportValidity()) event.preventDefault();
  };
  document.addEventListener("submit", checkFirst, { capture: true });
  document.addEventListener("submit", confirmSubmit, { capture: true });
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches("[data-submit-once]")) return;
    for (const button of submitButtons(event.target)) {
      // After the form data has been collected, so that the button's own value is sent.
      setTimeout(() => (button.disabled = true));
    }
  });
  // Enable the buttons again when the page is restored from the back/forward cache.
  window.addEventListener("pageshow", enableButtons);
  for (const details of document.querySelectorAll("[data-close-with-js]")) {
    details.open = details.dataset.closeWithJs === "narrow" && !window.matchMedia("(max-width: 699px)").matches;
  }
  for (const part of document.querySelectorAll("[data-shown-for]")) showForChoice(part);
  const invalid = document.querySelector("[aria-invalid=true]") ?? findFormError();
  // After the load event: until then, a URL with a fragment moves the focus there.
  if (invalid) window.addEventListener("load", () => setTimeout(() => invalid.focus()));
}
