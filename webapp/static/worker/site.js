// The service worker of the whole site. Pages always come from the network. Without it they come from the
// phone: the pages that an account may keep (kept_pages.js), the last list of vehicles (public_pages.js),
// else a page that says so. The server writes RELEASE before the bundle (web/service_worker.py).
import { deleteOldFiles, fetchFile, keepOfflineFiles } from "./files.js";
import { sendForm } from "./forms.js";
import { findPage, isKeptPage, setKeepingAllowed, updatePage } from "./kept_pages.js";
import { findPublicPage, isPublicData, keepPublicData, keepPublicPage, OFFLINE } from "./public_pages.js";
import { addCopyTime } from "./page_copies.js";
import { openMessage, showMessage } from "./push.js";
import { sync } from "./sync.js";

self.addEventListener("install", (event) => event.waitUntil(keepOfflineFiles().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([deleteOldFiles(), self.clients.claim().then(tellRelease)])));

// Pages of another release say that there is a new one.
async function tellRelease() {
  for (const page of await self.clients.matchAll()) page.postMessage({ release: RELEASE.script });
}

self.addEventListener("sync", (event) => event.waitUntil(sync(event)));

self.addEventListener("push", (event) => event.waitUntil(showMessage(event)));
self.addEventListener("notificationclick", (event) => event.waitUntil(openMessage(event)));

self.addEventListener("message", (event) => {
  setKeepingAllowed(event.data !== "forget");
  // A page that was loading meanwhile, or that was reloaded past all caches, has no worker yet.
  if (event.data === "keep") event.waitUntil(self.clients.claim());
  event.ports[0]?.postMessage("done");
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && request.mode === "navigate") event.respondWith(sendForm(event));
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fetchFile(request));
  else if (isPublicData(url.pathname)) event.respondWith(fetchData(request));
  else if (request.mode === "navigate" || isKeptPage(url.pathname)) event.respondWith(fetchPage(event, url.pathname));
});

async function fetchPage(event, path) {
  const response = await fetch(event.request).catch(() => null);
  // A server that is not there has somebody before it who says so.
  if (response && ![502, 503, 504].includes(response.status)) {
    if (isKeptPage(path)) await updatePage(path, response.clone()).catch(() => {}); // the storage is full
    event.waitUntil(keepPublicPage(response).catch(() => {}));
    return response;
  }
  const kept = (await findPage(path)) ?? (await findPublicPage(path));
  if (kept) return addCopyTime(kept);
  if (response) return response;
  const offline = event.request.mode === "navigate" && (await caches.match(OFFLINE));
  return offline ? addCopyTime(offline) : Response.error();
}

async function fetchData(request) {
  try {
    const response = await fetch(request);
    await keepPublicData(request, response.clone()).catch(() => {});
    return response;
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw error;
  }
}
