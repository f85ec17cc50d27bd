// The profile offers the time zone of the device; nothing is saved until its person does.
export function offerTimeZone() {
  const element = document.querySelector("[data-zone-guess]");
  const zone = element && Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [select, button] = element ? ["select", "button"].map((name) => element.querySelector(name)) : [];
  if (!zone || select.value === zone || ![...select.options].some((option) => option.value === zone)) return;
  button.textContent = button.dataset.text.replace("{zone}", zone.replaceAll("_", " "));
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    select.value = zone;
    button.parentElement.hidden = true;
    select.focus();
  });
}
