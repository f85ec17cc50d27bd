// Ends of rides that wait for the network: kept in IndexedDB (change_store.js), sent by the page and, where
// browsers have Background Sync, by the service worker. The server ends a ride once, however often it is told.
import { listChanges, removeChange, updateChange } from "./change_store.js";

// A phone that believes it has network waits so long for an answer.
const TIMEOUT_MS = 15000;
export const SYNC_TAG = "ride-end";

// An end: { account, ride, url, fields, csrfToken, pressedAt, refused, refusal }.
export const listEnds = async () => (await listChanges()).filter((change) => change.ride).map(refuseIncomplete);

// What an earlier release has kept, and nobody can send, is shown as refused.
const refuseIncomplete = (end) => (end.fields.length && end.pressedAt ? end : { ...end, pressedAt: 0, refused: true });

// Return { outcome, url or message }. outcome: "ended", "refused", "signed-out", or "waiting" while nobody answers.
export async function postEnd({ url, fields, pressedAt }, csrfToken, isPressedNow = false) {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, name === "csrf_token" ? csrfToken : value]));
  // An age and not a moment: the clock of the phone may be wrong.
  if (!isPressedNow) body.set("pressed_s_ago", Math.max(0, Math.round((Date.now() - pressedAt) / 1000)));
  const options = { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) };
  const response = await fetch(url, options).catch(() => null);
  if (!response || response.status >= 500 || response.status === 429) return { outcome: "waiting" };
  // 400: the token of a session that is over.
  if (response.type === "opaqueredirect" || [400, 401].includes(response.status)) return { outcome: "signed-out" };
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer?.url ? { outcome: "ended", url: answer.url } : { outcome: "waiting" }; // the page of a hotel's network
  return { outcome: "refused", message: answer?.message ?? answer?.error_description };
}

async function sendEnd(end, csrfToken) {
  const result = await postEnd(end, csrfToken ?? end.csrfToken);
  if (result.outcome === "ended") await removeChange(end.number);
  if (result.outcome === "refused") await updateChange({ ...end, refused: true, refusal: result.message });
  return result;
}

// Send what waits, of one account or of all; return the results. One at a time sends.
export async function sendEnds(account, csrfToken) {
  const send = async () => {
    const results = [];
    for (const end of await listEnds()) {
      if (!end.refused && (!account || end.account === account)) results.push(await sendEnd(end, csrfToken));
    }
    return results;
  };
  return navigator.locks ? navigator.locks.request("movr-ride-end", send) : send();
}
