// The page's side of the service worker (worker/site.js). It is registered when the page has been there for
// a moment, so that it takes nothing from the first view; at once by pages that are needed without network.
import { TIME } from "./poll.js";

const REST_MS = 4000;
const UPDATE_CHECK_MS = 3600 * 1000;

const { dataset, lang } = document.documentElement;
const isOn = "serviceWorker" in navigator && "caches" in window && "worker" in dataset;

let registration;

// A copy that the phone has kept, because there was no network: since when, milliseconds.
export const keptAt = dataset.keptAt ? Number(dataset.keptAt) : null;

async function register() {
  for (const other of await navigator.serviceWorker.getRegistrations()) {
    // An earlier release had one for the pages of tasks alone.
    if (new URL(other.scope).pathname !== "/") await other.unregister();
  }
  return navigator.serviceWorker.register(`/worker.js?language=${lang.split(/\W|_/)[0]}`);
}

const getRegistration = () => (registration ??= register());

// Return when the worker keeps the pages that it is asked for; the page's own files it keeps at once.
export async function startKeeping() {
  if (!isOn) throw new Error("no service worker");
  await getRegistration();
  const { active } = await navigator.serviceWorker.ready;
  const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  active.postMessage("keep");
  if (!navigator.serviceWorker.controller) await controlled;
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const files = await caches.open("files");
  await Promise.allSettled(loaded.filter((name) => name.startsWith(`${location.origin}/static/`)).map((name) => files.add(name)));
}

// The running ride. After a form the browser itself has loaded the page, past the worker.
async function keepRide() {
  await startKeeping();
  const [{ redirectCount }] = performance.getEntriesByType("navigation");
  if (redirectCount || !(await caches.match(location.pathname))) await fetch(location.pathname);
}

function showNewRelease(script) {
  const notice = document.querySelector("[data-new-release]");
  if (!notice || new URL(script, location).href === import.meta.url) return;
  notice.hidden = false;
  notice.querySelector("button").addEventListener("click", () => location.reload());
}

function showAge() {
  const notice = document.querySelector("[data-kept-notice]");
  notice.textContent = notice.dataset.text.replace("{time}", TIME.format(keptAt));
  notice.hidden = false;
}

// A page that stays open for days looks for a new release when somebody comes back to it.
function checkForUpdates() {
  let checkedAt = Date.now();
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || !registration || Date.now() - checkedAt < UPDATE_CHECK_MS) return;
    checkedAt = Date.now();
    await (await registration).update().catch(() => {}); // no network
  });
}

export function startServiceWorker() {
  const isOfflinePage = document.querySelector("[data-kept-pages]");
  if (isOfflinePage) showKeptPages(isOfflinePage).catch(() => {});
  else if (keptAt) showAge();
  if (!isOn) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => data.release && showNewRelease(data.release));
  checkForUpdates();
  if (document.querySelector("[data-end-form]")) keepRide().catch(() => {}); // no network, or no room
  else window.addEventListener("load", () => setTimeout(() => getRegistration().catch(() => {}), REST_MS));
}

const KINDS = { ride: /^\/rides\//, tasks: /^\/fleet\/tasks$/, list: /^\/city\/[^/]+$/ };

// The page for no network leads to what the phone has.
async function showKeptPages(list) {
  window.addEventListener("online", () => location.reload());
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) {
      const { pathname } = new URL(url);
      const kind = Object.keys(KINDS).find((each) => KINDS[each].test(pathname));
      const link = kind && list.querySelector(`[data-kept="${kind}"]`);
      if (!link) continue;
      link.href = pathname;
      link.hidden = list.hidden = false;
    }
  }
}
