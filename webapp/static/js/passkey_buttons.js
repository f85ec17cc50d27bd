// The buttons for passkeys, shown where the browser knows them. What a button does is loaded when somebody
// presses it: few of those who see one do.
export function enhancePasskeyButtons() {
  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    const button = form.querySelector("[data-passkey-button]");
    button.hidden = false;
    form.querySelector("[data-passkey-unsupported]").hidden = true;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        await import("./passkeys.js");
        form.dispatchEvent(new Event("passkeyrequest", { bubbles: true }));
      } catch {
        form.querySelector("[data-passkey-failed]").hidden = false;
        button.disabled = false;
      }
    });
  }
}
