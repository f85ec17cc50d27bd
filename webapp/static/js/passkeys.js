// Passkeys: asks the browser for one, or to make one, when a button is pressed (passkey_buttons.js), and sends
// it with the form of the button. The server gives the options as JSON (webapp/auth/passkeys/ceremonies.py);
// bytes are base64url in them.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (credentials = []) => credentials.map((each) => ({ ...each, id: toBytes(each.id) }));

async function readOptions(form) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  const response = await fetch(form.dataset.options, { method: "POST", body });
  if (response.redirected || !response.ok) return location.reload(); // signed out, or to reauthenticate: the page says so
  const options = await response.json();
  return { ...options, challenge: toBytes(options.challenge) };
}

async function createCredential(options) {
  const user = { ...options.user, id: toBytes(options.user.id) };
  const excludeCredentials = withBytes(options.excludeCredentials);
  const credential = await navigator.credentials.create({ publicKey: { ...options, user, excludeCredentials } });
  return { credential, response: { attestationObject: toText(credential.response.attestationObject) } };
}

async function getCredential(options) {
  const allowCredentials = withBytes(options.allowCredentials);
  const credential = await navigator.credentials.get({ publicKey: { ...options, allowCredentials } });
  const { authenticatorData, signature, userHandle } = credential.response;
  const response = { authenticatorData: toText(authenticatorData), signature: toText(signature) };
  return { credential, response: { ...response, userHandle: userHandle ? toText(userHandle) : null } };
}

async function fillCredential(form) {
  const options = await readOptions(form);
  if (!options) return false;
  const { credential, response } = await (form.dataset.passkey === "create" ? createCredential : getCredential)(options);
  const clientDataJSON = toText(credential.response.clientDataJSON);
  const { id, type } = credential;
  form.elements.credential.value = JSON.stringify({ id, type, rawId: toText(credential.rawId), response: { ...response, clientDataJSON } });
  const remember = document.querySelector("input[type=checkbox][name=remember]");
  if (form.elements.remember) form.elements.remember.value = remember?.checked ? "y" : "";
  return true;
}

// What to say of an error of navigator.credentials.
const MESSAGES = { InvalidStateError: "known", SecurityError: "elsewhere" };

document.addEventListener("passkeyrequest", async ({ target: form }) => {
  const button = form.querySelector("[data-passkey-button]");
  const show = (name) => {
    for (const each of ["failed", "known", "elsewhere"]) form.querySelector(`[data-passkey-${each}]`).hidden = each !== name;
  };
  show(null);
  button.disabled = true;
  try {
    if (await fillCredential(form)) form.submit();
  } catch (error) {
    show(MESSAGES[error.name] ?? "failed");
  } finally {
    button.disabled = false;
  }
});
