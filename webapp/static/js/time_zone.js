// The profile offers the time zone of the device; nothing is saved until its person does. Loaded by main.js where it
// does.
function offerTimeZone() {
  const element = document.querySelector("[data-zone-guess]");
  const zone = element && Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [select, button] = element ? ["select", "button"].map((name) => element.querySelector(name)) : [];
  const own = zone && [...select.options].find((option) => option.value === zone);
  if (!own || own.selected) return;
  button.textContent = button.dataset.text.replace("{zone}", own.text);
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    select.value = zone;
    button.parentElement.hidden = true;
    select.focus();
  });
}

offerTimeZone();
