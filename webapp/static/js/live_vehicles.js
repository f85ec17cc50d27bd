// The vehicles of the visible area of a map: loaded as the map moves, and followed by polling.
import { boundingBox, coversVisibleArea, isInside } from "./bounding_box.js";

const MAX_BACKOFF_FACTOR = 32; // times the poll interval, after errors

function parseVehicle([key, lat, lon, icon, state, name, plan, range, low, battery, mayStart]) {
  return { key, lat, lon, icon, state, name, plan, range, low, battery, mayStart };
}

export class LiveVehicles {
  // byKey: those that are known at first. prices: by plan, which responses add to.
  constructor(map, { url, pollMs, byKey, prices, onChange }) {
    Object.assign(this, { map, url, pollMs, byKey, prices, onChange, groups: [], failures: 0 });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.load()));
  }

  schedule(delayMs) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.load(), delayMs);
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  async load() {
    this.stop();
    if (document.hidden) return;
    const request = (this.request = new AbortController());
    const bbox = this.version && coversVisibleArea(this.map, this.bbox) ? this.bbox : boundingBox(this.map);
    const answer = await this.fetchVehicles(bbox, request.signal).catch(() => null);
    if (request.signal.aborted) return; // a newer request has replaced this one
    this.failures = answer ? 0 : this.failures + 1;
    const isComplete = !answer || this.applyAnswer(answer, bbox);
    this.schedule(isComplete ? this.pollMs * Math.min(2 ** this.failures, MAX_BACKOFF_FACTOR) : 0);
  }

  async fetchVehicles(bbox, signal) {
    const url = new URL(this.url, location.href);
    url.searchParams.set("bbox", bbox);
    if (bbox === this.bbox && this.version) url.searchParams.set("since", this.version);
    // Without cookies: the response is the same for everybody and may be cached by a proxy.
    const response = await fetch(url, { signal, credentials: "omit" });
    return response.ok ? response.json() : null;
  }

  // Apply a response. Return false when a change was missed, so that everything must be loaded again.
  applyAnswer(answer, bbox) {
    const previous = [...this.byKey.values()];
    const byKey = answer.full ? new Map() : new Map(this.byKey);
    Object.assign(this.prices, answer.prices);
    answer.gone.forEach((key) => byKey.delete(key));
    answer.vehicles.map(parseVehicle).forEach((vehicle) => byKey.set(vehicle.key, vehicle));
    const isComplete = answer.number === byKey.size;
    Object.assign(this, { bbox, byKey, groups: answer.groups, version: isComplete ? answer.at : null });
    // Groups do not say which vehicles are in them.
    const isGone = (vehicle) => !answer.groups.length && !byKey.has(vehicle.key) && isInside(vehicle, bbox);
    this.onChange(previous.filter(isGone));
    return isComplete || answer.full;
  }
}
