// Translations stand below the text on its page: the part of the answer that is one takes the place of the button. Without
// an answer the form is sent as it is, and the browser shows its page.

async function translate(form) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const translation = page.querySelector("[data-translation]");
  if (!translation) throw new Error(response.status);
  showBelow(form, document.importNode(translation, true));
}

// A problem stands below the button, so that it can be pressed again.
function showBelow(form, translation) {
  form.parentElement.querySelector(":scope > [data-translation]")?.remove();
  form.after(translation);
  translation.tabIndex = -1;
  translation.focus();
  if (translation.dataset.translation !== "problem") form.remove();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-translate]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  await translate(form).catch(() => form.submit());
  button.disabled = false;
});
