// Where a ride goes: recorded while its page is open and the rider wants it, and drawn on the receipt.
// What the server has not taken yet is kept in this tab, also while the page is loaded anew.

const EVERY_MS = 20_000;
const PAUSE_MS = 4_000; // the server keeps no points that are nearer to each other
const MOST = 400;

const kept = (url) => `path ${url}`;

class Recorder {
  constructor(box) {
    this.box = box;
    this.url = box.dataset.pathRecorder;
    this.began = Date.now() - Number(box.dataset.elapsedSeconds) * 1000;
    this.waiting = [];
    this.sent = []; // and not taken yet
    this.noted = 0;
    box.hidden = false;
    this.button = box.querySelector("button");
    this.button.addEventListener("click", () => (this.watch === undefined ? this.start() : this.stop(box.dataset.stoppedMessage)));
    document.querySelector("[data-end-form]")?.addEventListener("submit", () => this.send());
    window.addEventListener("pagehide", () => this.send());
    const before = sessionStorage.getItem(kept(this.url));
    if (before !== null) this.start(JSON.parse(before));
  }

  start(waiting = []) {
    this.waiting = waiting;
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.note(position.coords),
      (error) => error.code === error.PERMISSION_DENIED && this.stop(this.box.dataset.deniedMessage),
      { enableHighAccuracy: true, maximumAge: 0 },
    );
    this.timer = setInterval(() => this.send(), EVERY_MS);
    this.remember();
    this.show(this.box.dataset.stopLabel, this.box.dataset.recordingMessage);
  }

  async stop(words) {
    navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.timer);
    this.watch = undefined;
    this.show(this.box.dataset.startLabel, words);
    await this.send();
    sessionStorage.removeItem(kept(this.url));
  }

  show(label, words) {
    this.button.textContent = label;
    this.button.setAttribute("aria-pressed", this.watch !== undefined);
    this.box.querySelector("[role=status]").textContent = words;
  }

  note({ latitude, longitude }) {
    const now = Date.now();
    if (now - this.noted < PAUSE_MS) return;
    this.noted = now;
    this.waiting.push(`${Math.round((now - this.began) / 1000)},${latitude.toFixed(6)},${longitude.toFixed(6)}`);
    // After a long time without a connection, every second point must do.
    if (this.waiting.length > MOST) this.waiting = this.waiting.filter((_, n) => n % 2);
    this.remember();
  }

  remember() {
    sessionStorage.setItem(kept(this.url), JSON.stringify([...this.sent, ...this.waiting]));
  }

  async send() {
    if (this.sent.length || !this.waiting.length) return;
    this.sent = this.waiting;
    this.waiting = [];
    if (!(await this.post(this.sent))) this.waiting = [...this.sent, ...this.waiting];
    this.sent = [];
    if (this.watch !== undefined) this.remember();
  }

  // Says whether these points are done with: taken, or of no use to anybody.
  async post(points) {
    const body = new URLSearchParams({ csrf_token: this.box.dataset.csrfToken, points: points.join(";") });
    const options = { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", keepalive: true };
    try {
      const { status } = await fetch(this.url, options);
      if (status === 409 || status === 429 || status >= 500) return false;
      if (status !== 204 && status !== 422 && this.watch !== undefined) this.stop(this.box.dataset.endedMessage);
      return true;
    } catch {
      return false; // no connection
    }
  }
}

export function recordPath() {
  const box = document.querySelector("[data-path-recorder]");
  if (box && navigator.geolocation) new Recorder(box);
}

// Instead of the straight line between both ends, to which the map is about to move.
export async function drawPath(map, url, line) {
  sessionStorage.removeItem(kept(url));
  const moved = new Promise((done) => map.once("moveend", done)); // meanwhile it moves nowhere else
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  const points = answer.ok ? await answer.json() : [];
  if (points.length < 2) return;
  const route = L.polyline(points.map(([, lat, lon]) => [lat, lon]), { className: "route", weight: 4 });
  await moved;
  line.remove();
  route.addTo(map);
  map.fitBounds(route.getBounds().extend(line.getBounds()), { padding: [32, 32], maxZoom: 16 });
}
