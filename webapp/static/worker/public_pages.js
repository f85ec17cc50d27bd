// What everybody sees, asked for without cookies: the page for no network, the last list of vehicles, and
// the zones on its map. The server names the list in a header of the page that shows one.
import { isFresh, makeCopy } from "./page_copies.js";

const LANGUAGE = new URL(location).searchParams.get("language");
const LIST_URL = "X-Public-List";
const LIST_PAGE = /^\/(city\/[^/]+|vehicles|)$/;
const ZONES = /^\/city\/[^/]+\/zones\.json$/;
// The list is asked for once more after this time, milliseconds.
const MIN_AGE_MS = 10 * 60 * 1000;

export const PUBLIC = "public";
export const OFFLINE = `/offline?language=${LANGUAGE}`;

export const isPublicData = (path) => ZONES.test(path);

const isList = ({ url }) => LIST_PAGE.test(new URL(url).pathname);

export async function keepPublicPage(response) {
  const url = response.headers.get(LIST_URL);
  if (!url || !response.ok) return;
  const pages = await caches.open(PUBLIC);
  const kept = await pages.match(url);
  if (kept && isFresh(kept, MIN_AGE_MS)) return;
  const list = await fetch(url, { credentials: "omit", headers: { "Accept-Language": LANGUAGE } });
  if (!list.ok) return;
  for (const request of (await pages.keys()).filter(isList)) await pages.delete(request);
  await pages.put(url, await makeCopy(list));
}

// The addresses of the map lead to the list of the last city.
export async function findPublicPage(path) {
  if (!LIST_PAGE.test(path)) return null;
  const pages = await caches.open(PUBLIC);
  const list = (await pages.keys()).find(isList);
  if (!list || (path.startsWith("/city/") && new URL(list.url).pathname !== path)) return null;
  const copy = await pages.match(list);
  return isFresh(copy) ? copy : null;
}

export async function keepPublicData(request, response) {
  if (!response.ok) return;
  const data = await caches.open(PUBLIC);
  const isOther = ({ url }) => isPublicData(new URL(url).pathname);
  for (const other of (await data.keys()).filter(isOther)) await data.delete(other);
  await data.put(request, response);
}
