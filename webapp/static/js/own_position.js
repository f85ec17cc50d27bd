// Where the person is: a dot, and a ring as wide as the position may be wrong. The browser asks for permission
// when the button is pressed. While the button stays pressed the map follows; it stops when the person moves
// the map. Only the list sends a position to the server, rounded (result_list.js).
import { moveMarker } from "./marker_motion.js";
import { createPointMarker } from "./pins.js";
import { TIME } from "./poll.js";
import { format } from "./texts.js";
import { formatDistance } from "./units.js";

const OPTIONS = { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 };
const MAX_AGE_MS = 60000; // an older position is asked for again
const MAX_ERROR_M = 100; // a larger one is said
const PERMISSION_DENIED = 1;

export class OwnPosition {
  // texts: of what can go wrong.
  constructor(map, { button, texts, units }) {
    Object.assign(this, { map, button, texts, units, point: null, isFollowing: false });
    const area = map.getContainer().parentElement;
    this.problem = area.querySelector("[data-locate-status]");
    this.followStatus = area.querySelector("[data-follow-status]");
    this.onFirst = this.onFollow = this.onChange = () => {}; // what the map does
    button.addEventListener("click", () => this.toggle());
    map.on("dragstart", () => this.follow(false, texts.free));
    map.getContainer().addEventListener("keydown", ({ key }) => key.startsWith("Arrow") && this.follow(false, texts.free));
    document.addEventListener("visibilitychange", () => this.isOn && (document.hidden ? this.pause() : this.watch()));
  }

  toggle() {
    if (this.isFollowing) return this.stop(this.texts.off);
    this.follow(true, this.texts.follows);
    if (this.point) this.onFollow();
    else this.start();
  }

  // isNearEnough: of a point; a position that is not is not shown.
  start(isNearEnough = () => true) {
    this.isNearEnough = isNearEnough;
    this.isOn = true;
    this.watch();
  }

  stop(text) {
    this.pause();
    this.follow(false, text);
    for (const layer of [this.dot, this.ring]) layer?.remove();
    this.isOn = false;
    this.dot = this.ring = this.point = null;
    this.problem.textContent = "";
    this.onChange();
  }

  watch() {
    this.pause();
    this.watchId = navigator.geolocation.watchPosition((fix) => this.show(fix), (error) => this.explain(error), OPTIONS);
  }

  pause() {
    clearTimeout(this.ageTimer);
    navigator.geolocation.clearWatch(this.watchId);
  }

  follow(isFollowing, text) {
    if (this.isFollowing === isFollowing) return;
    this.isFollowing = isFollowing;
    this.button.setAttribute("aria-pressed", isFollowing);
    this.followStatus.textContent = text;
  }

  show({ coords, timestamp }) {
    if (!this.isOn) return;
    const point = L.latLng(coords.latitude, coords.longitude);
    if (!this.isNearEnough(point)) return this.stop("");
    const isFirst = !this.point;
    this.point = point;
    this.fixedAt = timestamp;
    this.draw(coords.accuracy);
    this.check(coords.accuracy);
    if (isFirst) this.onFirst();
    else if (this.isFollowing) this.onFollow();
    this.onChange();
  }

  draw(errorM) {
    if (this.dot) {
      moveMarker(this.dot, this.point);
      this.ring.setLatLng(this.point).setRadius(errorM);
      return;
    }
    this.ring = L.circle(this.point, { radius: errorM, className: "accuracy-ring", interactive: false }).addTo(this.map);
    this.dot = createPointMarker(this.point.lat, this.point.lng).addTo(this.map);
  }

  // --- what may be wrong -------------------------------------------------------------------

  check(errorM) {
    clearTimeout(this.ageTimer);
    this.ageTimer = setTimeout(() => this.askAgain(), MAX_AGE_MS);
    const isOld = Date.now() - this.fixedAt > MAX_AGE_MS;
    const { old, inaccurate } = this.texts;
    let text = "";
    if (isOld) text = format(old, { time: TIME.format(this.fixedAt) });
    else if (errorM > MAX_ERROR_M) text = format(inaccurate, { far: formatDistance(errorM, this.units) });
    if (this.problem.textContent !== text) this.problem.textContent = text;
    this.dot.getElement().classList.toggle("is-old", isOld);
  }

  // A watch says nothing while nothing changes, and nothing when the device no longer knows its place.
  askAgain() {
    navigator.geolocation.getCurrentPosition((fix) => this.show(fix), (error) => this.explain(error), { ...OPTIONS, maximumAge: 0 });
  }

  explain({ code }) {
    if (!this.isOn) return;
    if (this.point && code !== PERMISSION_DENIED) return this.check(this.ring.getRadius());
    this.stop("");
    this.problem.textContent = code === PERMISSION_DENIED ? this.texts.denied : this.texts.unknown;
  }
}
