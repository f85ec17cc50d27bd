// When the phone has kept a page: in a header of the copy, and in the page that is shown.
const KEPT_AT = "X-Kept-At";
// How long a page is shown without network, milliseconds.
const MAX_AGE_MS = 2 * 3600 * 1000;

export async function makeCopy(response) {
  const headers = new Headers(response.headers);
  headers.set(KEPT_AT, Date.now());
  headers.delete("Vary"); // it is this person's page, until they sign out
  return new Response(await response.blob(), { headers });
}

const copiedAt = (copy) => Number(copy.headers.get(KEPT_AT));

export const isFresh = (copy, maxAgeMs = MAX_AGE_MS) => Date.now() - copiedAt(copy) < maxAgeMs;

// The page itself has to know that it is a copy, and how old.
export async function addCopyTime(copy) {
  const text = await copy.text();
  return new Response(text.replace("<html ", `<html data-kept-at="${copiedAt(copy)}" `), { headers: copy.headers });
}
