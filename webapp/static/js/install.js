// Where the browser offers to install the site as an app, the foot of each page has a button for it; the
// browser's own question does not come unasked.
export function enhanceInstallButton() {
  const button = document.querySelector("[data-install]");
  if (!button) return;
  let offer;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    button.hidden = false;
  });
  button.addEventListener("click", () => {
    button.hidden = true; // the browser's question can be asked once
    offer.prompt();
  });
  window.addEventListener("appinstalled", () => (button.hidden = true));
}
