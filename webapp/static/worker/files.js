// Static files. Their names change with their content, so a copy is never stale. A page that was kept by an
// earlier release gets the files of this one, as from the server.
import { isKeepingAllowed } from "./kept_pages.js";
import { makeCopy } from "./page_copies.js";
import { OFFLINE, PUBLIC } from "./public_pages.js";

const FILES = "files";
const HASH = /\.[0-9a-f]{12}(?=\.\w+$)/;

// What the page that is shown without network needs.
export async function keepOfflineFiles() {
  const files = await caches.open(FILES);
  const missing = [];
  for (const url of RELEASE.offlineFiles) if (!(await files.match(url))) missing.push(url);
  await Promise.all(missing.map((url) => keepFile(files, url)));
  const response = await fetch(OFFLINE, { credentials: "omit" });
  if (!response.ok) throw new Error(`${OFFLINE}: ${response.status}`);
  await (await caches.open(PUBLIC)).put(OFFLINE, await makeCopy(response));
}

// A server of another release answers with its own file of that name, and marks it as one that may change.
const isOfName = (response) => response.ok && response.headers.get("Cache-Control")?.includes("immutable");

async function keepFile(files, url) {
  const response = await fetch(url);
  if (!isOfName(response)) throw new Error(`${url}: ${response.status}, or of another release`);
  await files.put(url, response);
}

export async function deleteOldFiles() {
  const files = await caches.open(FILES);
  const isOld = ({ url }) => !RELEASE.files.includes(new URL(url).pathname);
  await Promise.all((await files.keys()).filter(isOld).map((request) => files.delete(request)));
}

export async function fetchFile(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    const sameName = await findOtherVersion(files, request.url);
    if (sameName) return sameName;
    throw error;
  }
  if (isOfName(response) && isKeepingAllowed()) await files.put(request, response.clone()).catch(() => {});
  return response;
}

async function findOtherVersion(files, url) {
  const name = (address) => address.replace(HASH, "");
  const other = (await files.keys()).find((request) => name(request.url) === name(url));
  return other && files.match(other);
}
