// The service worker of the pages of tasks: it keeps the pages that a mechanic has opened, so that they
// open without network. Signing out deletes all of it (Clear-Site-Data).
const PAGES = "task-pages";
const FILES = "task-files";
// How long a page is shown without network, milliseconds.
const MAX_AGE_MS = 2 * 3600 * 1000;
const KEPT_AT = "X-Kept-At";
const KEPT_PAGE = /^\/fleet\/tasks(\/[\w-]+\.[0-9a-f-]{36})?$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
// A page that was loading meanwhile, or that was reloaded past all caches, asks for it.
self.addEventListener("message", (event) => event.data === "claim" && event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (KEPT_PAGE.test(url.pathname)) event.respondWith(fromNetworkFirst(request, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fromCacheFirst(request));
});

async function fromNetworkFirst(request, url) {
  const pages = await caches.open(PAGES);
  try {
    const response = await fetch(request);
    // The sign-in page instead: somebody else may sign in next.
    if (response.redirected || response.type === "opaqueredirect") await caches.delete(PAGES);
    else if (response.ok) await keep(pages, url.pathname, response.clone());
    return response;
  } catch (error) {
    const kept = await pages.match(url.pathname);
    if (kept && Date.now() - Number(kept.headers.get(KEPT_AT)) < MAX_AGE_MS) return kept;
    throw error;
  }
}

async function keep(pages, path, response) {
  const headers = new Headers(response.headers);
  headers.set(KEPT_AT, Date.now());
  headers.delete("Vary"); // it is this person's page, until they sign out
  await pages.put(path, new Response(await response.blob(), { headers }));
}

// The names of files change with their content.
async function fromCacheFirst(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await files.put(request, response.clone());
  return response;
}
