// What a browser keeps so that pages work without network: copies of pages and files, which the service
// worker (worker/site.js) stores, and changes that wait (change_store.js). It is deleted when the person
// signs out, also in browsers without Clear-Site-Data; a page of another account, or of nobody, deletes the
// copies of pages.
import { deleteChanges } from "./change_store.js";
import { copiedAt } from "./service_worker.js";

const PAGES = "pages";
// Sign-out does not wait longer for the deletion.
const MAX_DELETION_MS = 2000;

// Whose page it is, and the token for its forms; null if nobody is signed in.
export function readSession(page = document) {
  const form = page.querySelector("[data-sign-out]");
  return form && { account: form.dataset.account, csrfToken: form.elements.csrf_token.value };
}

export async function findKeptPage(account, path) {
  const pages = await caches.open(`${PAGES}.${account}`);
  return pages.match(path);
}

async function deleteCaches(condition) {
  const names = (await window.caches?.keys()) ?? [];
  await Promise.all(names.filter(condition).map((name) => caches.delete(name)));
}

// Return when the service worker has read the message.
function tell(worker, message) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    worker.postMessage(message, [port2]);
  });
}

async function deleteKeptData() {
  const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  // First: a page that is loading must not be stored after the deletion.
  await Promise.all(registrations.map(({ active }) => active && tell(active, "forget")));
  await Promise.all([deleteCaches(() => true), deleteChanges()]);
  await Promise.all(registrations.map((registration) => registration.unregister()));
}

export function guardKeptData() {
  const form = document.querySelector("[data-sign-out]");
  const own = form && `${PAGES}.${form.dataset.account}`;
  // A copy does not know who is signed in now.
  if (!copiedAt) deleteCaches((name) => name.startsWith(`${PAGES}.`) && name !== own).catch(() => {});
  form?.addEventListener("submit", async (event) => {
    // Nobody is signed out without network: the worker has to be there to say so (worker/forms.js).
    if (!navigator.onLine) return;
    event.preventDefault();
    const limit = new Promise((resolve) => setTimeout(resolve, MAX_DELETION_MS));
    await Promise.race([deleteKeptData().catch(() => {}), limit]);
    form.submit();
  });
}
