// "End ride" works without network: the moment and the place at which it was pressed are kept on the phone,
// and sent when there is network. Until then the page says so, and its clock stands still for as long as the
// server would believe the phone.
import { addChange, removeChange } from "./change_store.js";
import { stopClocksAt } from "./clock.js";
import { readSession } from "./kept_data.js";
import { listEnds, postEnd, sendEnds, SYNC_TAG } from "./ride_end_queue.js";
import { TIME } from "./poll.js";
import { copiedAt } from "./service_worker.js";

const RETRY_MS = 20000;

class RideEnd {
  constructor(notice) {
    this.notice = notice;
    this.session = readSession();
    this.form = document.querySelector("[data-end-form]");
    document.addEventListener("submit", (event) => {
      if (event.defaultPrevented || event.target !== this.form) return;
      event.preventDefault();
      this.end().catch(() => this.form.submit()); // the phone keeps nothing
    });
    navigator.serviceWorker?.addEventListener("message", ({ data }) => data.rideEnds && this.react(data.rideEnds));
    window.addEventListener("online", () => this.send());
    setInterval(() => this.send(), RETRY_MS);
    this.show().then(() => this.send());
  }

  async findEnd() {
    const ends = await listEnds();
    return ends.find((end) => end.account === this.session.account && end.ride === this.notice.dataset.ride);
  }

  async end() {
    const { account, csrfToken } = this.session;
    const fields = [...new FormData(this.form)];
    const end = { account, csrfToken, ride: this.notice.dataset.ride, url: this.form.action, fields, pressedAt: Date.now() };
    const result = await postEnd(end, csrfToken, true);
    if (result.outcome === "ended") return location.assign(result.url);
    if (result.outcome !== "waiting") return this.form.submit(); // its page explains
    const other = await this.findEnd();
    if (other) await removeChange(other.number); // it was refused
    await addChange(end);
    document.dispatchEvent(new Event("rideend"));
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.sync?.register(SYNC_TAG).catch(() => {}); // the person does not want it
    await this.show();
  }

  async send() {
    const end = await this.findEnd();
    if (!end || end.refused) return;
    // The token of a copy is older than that of the end may be.
    await this.react(await sendEnds(this.session.account, copiedAt ? undefined : this.session.csrfToken));
  }

  async react(results) {
    const ended = results.find(({ outcome }) => outcome === "ended");
    if (ended) return location.assign(ended.url);
    const isOld = copiedAt && results.some(({ outcome }) => outcome === "signed-out");
    // The price is that of a ride that goes on.
    if (isOld || results.some(({ outcome }) => outcome === "refused")) return location.reload();
    this.isSignedOut = results.some(({ outcome }) => outcome === "signed-out");
    await this.show();
  }

  async show() {
    const end = await this.findEnd();
    const { notice, form } = this;
    const { believedSeconds, waiting, charged, refused, signedOut } = notice.dataset;
    notice.hidden = !end;
    const isWaiting = Boolean(end) && !end.refused;
    for (const part of document.querySelectorAll("[data-hide-while-waiting]")) part.hidden = isWaiting;
    for (const part of document.querySelectorAll("[data-show-while-waiting]")) part.hidden = !isWaiting;
    for (const button of form?.querySelectorAll("button") ?? []) button.disabled = false;
    stopClocksAt(isWaiting ? end.pressedAt : null, believedSeconds * 1000);
    if (!end) return;
    notice.classList.toggle("flash-warning", Boolean(end.refused || this.isSignedOut));
    const times = { time: TIME.format(end.pressedAt), limit: TIME.format(end.pressedAt + believedSeconds * 1000), reason: end.refusal ?? "" };
    const text = end.refused ? refused : `${waiting} ${this.isSignedOut ? signedOut : charged}`;
    notice.querySelector("p").textContent = text.replace(/\{(\w+)\}/g, (_, name) => times[name]);
    const button = notice.querySelector("button");
    button.textContent = end.refused ? button.dataset.dismissLabel : button.dataset.discardLabel;
    button.onclick = () => removeChange(end.number).then(() => this.show());
  }
}

// A page without a running ride: what the phone has kept of one is over.
async function forgetEnds() {
  const session = readSession();
  if (!session || copiedAt) return;
  for (const end of await listEnds()) if (end.account === session.account) await removeChange(end.number);
}

export function startRideEnd() {
  if (!window.indexedDB) return;
  const notice = document.querySelector("[data-ride-end]");
  if (notice) new RideEnd(notice);
  else if (location.pathname.startsWith("/rides")) forgetEnds().catch(() => {});
}
