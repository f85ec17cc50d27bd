// The page's side of the service worker (worker/site.js). It is registered when the page has been there for
// a moment, so that it takes nothing from the first view; at once by pages that are needed without network.
import { readAsPoll, TIME } from "./poll.js";

const REST_MS = 4000;
const UPDATE_CHECK_MS = 3600 * 1000;

const { dataset, lang } = document.documentElement;
const isOn = "serviceWorker" in navigator && "caches" in window && "worker" in dataset;

let registration;

// A copy that the phone has kept, because there was no network: since when, milliseconds.
export const copiedAt = dataset.keptAt ? Number(dataset.keptAt) : null;

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
  // A refused end shows the page at another address.
  const path = `/rides/${document.querySelector("[data-ride-end]").dataset.ride}`;
  if (redirectCount || !(await caches.match(path))) await loadPage(path);
}

// Ask for a page, so that the worker keeps it. Without its text read the connection would stay busy.
export async function loadPage(url) {
  await (await readAsPoll(url)).text();
}

let isEdited = false;

function showNewRelease(script) {
  const notice = document.querySelector("[data-new-release]");
  if (!notice || isEdited || new URL(script, location).href === import.meta.url) return;
  notice.hidden = false;
  notice.querySelector("button").addEventListener("click", () => location.reload());
}

// Loading the page again would take what was typed. The page after the form has the new release anyway.
function hideNewReleaseFromEditors() {
  document.addEventListener("input", ({ target }) => {
    if (target.form?.method !== "post") return;
    isEdited = true;
    document.querySelector("[data-new-release]").hidden = true;
  });
}

function showAge() {
  const notice = document.querySelector("[data-kept-notice]");
  const text = notice.querySelector("span") ?? notice; // a copy of a page of an earlier release
  text.textContent = notice.dataset.text.replace("{time}", TIME.format(copiedAt));
  notice.hidden = false;
  // The list of vehicles is everybody's, and does not know of the ride.
  if (!document.querySelector("[data-sign-out]")) showKeptPages(notice).catch(() => {});
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
  else if (copiedAt) showAge();
  if (!isOn) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => data.release && showNewRelease(data.release));
  hideNewReleaseFromEditors();
  checkForUpdates();
  if (document.querySelector("[data-end-form]")) keepRide().catch(() => {}); // no network, or no room
  else window.addEventListener("load", () => setTimeout(() => getRegistration().catch(() => {}), REST_MS));
}

// Whoever is on the way to another page is not called back by the network that returns meanwhile.
function reloadWhenOnline() {
  let isLeaving = false;
  window.addEventListener("beforeunload", () => (isLeaving = true));
  window.addEventListener("online", () => isLeaving || location.reload());
}

const KINDS = { ride: /^\/rides\//, tasks: /^\/fleet\/tasks$/, list: /^\/city\/[^/]+$/ };

// The page for no network, and the list of vehicles, lead to what the phone has.
async function showKeptPages(list) {
  reloadWhenOnline();
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
