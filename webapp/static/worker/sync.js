// An end that was pressed without network, sent when there is one: also when no page is open.
import { SYNC_TAG, sendEnds } from "../js/ride_end_queue.js";

export async function sync(event) {
  if (event.tag !== SYNC_TAG) return;
  const results = await sendEnds();
  for (const page of await self.clients.matchAll()) page.postMessage({ rideEnds: results });
  if (results.some(({ outcome }) => outcome === "waiting")) throw new Error("nobody answers"); // the browser tries again
}
