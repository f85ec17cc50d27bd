// The path of a ride: recorded while its page is open and the rider has turned it on, and drawn on the
// receipt. Points that are not sent yet are kept in sessionStorage, so that a reload loses none.

const SEND_INTERVAL_MS = 20_000;
const MIN_POINT_INTERVAL_MS = 4_000; // the server drops points that are closer in time
const MAX_UNSENT_POINTS = 400;

const storageKey = (url) => `path ${url}`;

class PathRecorder {
  constructor(box) {
    this.box = box;
    this.url = box.dataset.pathRecorder;
    this.startedAtMs = Date.now() - Number(box.dataset.elapsedSeconds) * 1000;
    this.unsent = [];
    this.sending = []; // until the server has answered
    this.lastPointAtMs = 0;
    box.hidden = false;
    this.button = box.querySelector("button");
    this.button.addEventListener("click", () => (this.watchId === undefined ? this.start() : this.stop(box.dataset.stoppedMessage)));
    document.querySelector("[data-end-form]")?.addEventListener("submit", () => this.send());
    document.addEventListener("rideend", () => this.watchId !== undefined && this.stop(box.dataset.stoppedMessage));
    window.addEventListener("pagehide", () => this.send());
    const stored = sessionStorage.getItem(storageKey(this.url));
    if (stored !== null) this.start(JSON.parse(stored));
  }

  start(unsent = []) {
    this.unsent = unsent;
    this.watchId = navigator.geolocation.watchPosition(
      (position) => this.addPoint(position.coords),
      (error) => error.code === error.PERMISSION_DENIED && this.stop(this.box.dataset.deniedMessage),
      { enableHighAccuracy: true, maximumAge: 0 },
    );
    this.timer = setInterval(() => this.send(), SEND_INTERVAL_MS);
    this.saveUnsent();
    this.showState(this.box.dataset.stopLabel, this.box.dataset.recordingMessage);
  }

  async stop(message) {
    navigator.geolocation.clearWatch(this.watchId);
    clearInterval(this.timer);
    this.watchId = undefined;
    this.showState(this.box.dataset.startLabel, message);
    await this.send();
    sessionStorage.removeItem(storageKey(this.url));
  }

  showState(label, message) {
    this.button.textContent = label;
    this.button.setAttribute("aria-pressed", this.watchId !== undefined);
    this.box.querySelector("[role=status]").textContent = message;
  }

  addPoint({ latitude, longitude }) {
    const now = Date.now();
    if (now - this.lastPointAtMs < MIN_POINT_INTERVAL_MS) return;
    this.lastPointAtMs = now;
    this.unsent.push(`${Math.round((now - this.startedAtMs) / 1000)},${latitude.toFixed(6)},${longitude.toFixed(6)}`);
    // After a long time without a connection, keep every second point only.
    if (this.unsent.length > MAX_UNSENT_POINTS) this.unsent = this.unsent.filter((_, n) => n % 2);
    this.saveUnsent();
  }

  saveUnsent() {
    sessionStorage.setItem(storageKey(this.url), JSON.stringify([...this.sending, ...this.unsent]));
  }

  async send() {
    if (this.sending.length || !this.unsent.length) return;
    this.sending = this.unsent;
    this.unsent = [];
    if (!(await this.post(this.sending))) this.unsent = [...this.sending, ...this.unsent];
    this.sending = [];
    if (this.watchId !== undefined) this.saveUnsent();
  }

  // Return true when these points need not be sent again: they were stored, or the server rejects them.
  async post(points) {
    const body = new URLSearchParams({ csrf_token: this.box.dataset.csrfToken, points: points.join(";") });
    const options = { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", keepalive: true };
    try {
      const { status } = await fetch(this.url, options);
      if (status === 409 || status === 429 || status >= 500) return false;
      if (status !== 204 && status !== 422 && this.watchId !== undefined) this.stop(this.box.dataset.endedMessage);
      return true;
    } catch {
      return false; // no connection
    }
  }
}

export function enhancePathRecorder() {
  const box = document.querySelector("[data-path-recorder]");
  if (box && navigator.geolocation) new PathRecorder(box);
}
