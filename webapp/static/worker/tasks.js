// The service worker of the pages of tasks: it keeps the pages that a mechanic has opened, so that they
// open without network. Pages are kept for one account, the one that they were last made for. Signing out
// deletes all of it (js/kept_data.js, Clear-Site-Data).
const PAGES = "task-pages";
const FILES = "task-files";
// How long a page is shown without network, milliseconds.
const MAX_AGE_MS = 2 * 3600 * 1000;
const KEPT_AT = "X-Kept-At";
const ACCOUNT = "X-Account";
const KEPT_PAGE = /^\/fleet\/tasks(\/[\w-]+\.[0-9a-f-]{36})?$/;

let mayKeep = true; // not while somebody signs out

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  mayKeep = event.data !== "forget";
  // A page that was loading meanwhile, or that was reloaded past all caches, has no worker yet.
  if (mayKeep) event.waitUntil(self.clients.claim());
  event.ports[0]?.postMessage("done");
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (KEPT_PAGE.test(url.pathname)) event.respondWith(fromNetworkFirst(request, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fromCacheFirst(request));
});

async function fromNetworkFirst(request, path) {
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    const kept = await caches.match(path);
    if (kept && Date.now() - Number(kept.headers.get(KEPT_AT)) < MAX_AGE_MS) return kept;
    throw error;
  }
  await update(path, response.clone()).catch(() => {}); // the storage is full: the page is shown all the same
  return response;
}

async function update(path, response) {
  const account = response.headers.get(ACCOUNT);
  const isRedirect = response.redirected || response.type === "opaqueredirect"; // to sign in
  if (isRedirect || [401, 403].includes(response.status)) await deletePages();
  else if (response.status === 404) await deletePage(path);
  else if (response.ok && account) await keep(path, response, `${PAGES}.${account}`);
}

async function keep(path, response, name) {
  const headers = new Headers(response.headers);
  headers.set(KEPT_AT, Date.now());
  headers.delete("Vary"); // it is this person's page, until they sign out
  const page = new Response(await response.blob(), { headers });
  await deletePages(name);
  if (mayKeep) await (await caches.open(name)).put(path, page);
}

const listCaches = async () => (await caches.keys()).filter((name) => name.startsWith(PAGES));

async function deletePages(except) {
  for (const name of await listCaches()) if (name !== except) await caches.delete(name);
}

async function deletePage(path) {
  for (const name of await listCaches()) await (await caches.open(name)).delete(path);
}

// The names of files change with their content.
async function fromCacheFirst(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && mayKeep) await files.put(request, response.clone()).catch(() => {});
  return response;
}
