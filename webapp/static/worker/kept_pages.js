// Pages of one account, the one that they were last made for: those of tasks, and the running ride. The
// server says whose they are, and so which may be kept. Signing out deletes all of them (js/kept_data.js,
// Clear-Site-Data).
import { isFresh, makeCopy } from "./page_copies.js";

const PAGES = "pages";
const ACCOUNT = "X-Account";
const KEY = "[\\w-]+\\.[0-9a-f-]{36}";
const KEPT_PAGE = new RegExp(`^/(fleet/tasks(/${KEY})?|rides/${KEY})$`);

let isAllowed = true; // not while somebody signs out

export const setKeepingAllowed = (allowed) => (isAllowed = allowed);
export const isKeepingAllowed = () => isAllowed;
export const isKeptPage = (path) => KEPT_PAGE.test(path);

export async function findPage(path) {
  for (const name of await listCaches()) {
    const copy = await (await caches.open(name)).match(path);
    if (copy && isFresh(copy)) return copy;
  }
  return null;
}

export async function updatePage(path, response) {
  const account = response.headers.get(ACCOUNT);
  const isRedirect = response.redirected || response.type === "opaqueredirect"; // to sign in
  if (isRedirect || [401, 403].includes(response.status)) await deletePages();
  else if (response.ok && account) await keepPage(path, response, `${PAGES}.${account}`);
  else if (response.ok || response.status === 404) await deletePage(path); // the ride has ended
}

async function keepPage(path, response, name) {
  const page = await makeCopy(response);
  await deletePages(name);
  if (isAllowed) await (await caches.open(name)).put(path, page);
}

const listCaches = async () => (await caches.keys()).filter((name) => name.startsWith(`${PAGES}.`));

async function deletePages(except) {
  for (const name of await listCaches()) if (name !== except) await caches.delete(name);
}

async function deletePage(path) {
  for (const name of await listCaches()) await (await caches.open(name)).delete(path);
}
