// The map of staff: vehicles in any state with their alerts, or clusters of many. It follows changes by
// asking every few seconds while it is visible. Keyboard users have the same vehicles in the list.
import { boundingBox } from "./bounding_box.js";
import { createMap, fitPoints } from "./map.js";
import { createPinIcon, nameMarker } from "./pins.js";
import { Poll } from "./poll.js";
import { format } from "./texts.js";
import { groupByDistance } from "./vehicle_groups.js";

const [FIRST_ZOOM, MAX_GROUP_ZOOM, MOVE_DEBOUNCE_MS] = [12, 18, 250];

const LANGUAGE = document.documentElement.lang;
const NUMBERS = new Intl.NumberFormat(LANGUAGE);
const SHORT_NUMBERS = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumSignificantDigits: 2 });

function parseVehicle([key, lat, lon, icon, state, name, stateLabel, battery, alerts]) {
  return { key, lat, lon, icon, state, name, stateLabel, battery, alerts, low: alerts.length > 0 };
}

class StaffMap {
  constructor(element) {
    this.element = element;
    this.texts = JSON.parse(element.dataset.texts);
    this.status = element.parentElement.querySelector("[data-map-count]");
    this.poll = new Poll();
    element.replaceChildren();
    this.map = createMap(element, element.dataset.lat, element.dataset.lon, FIRST_ZOOM);
    this.layer = L.layerGroup().addTo(this.map);
    this.map.on("moveend", () => this.schedule(MOVE_DEBOUNCE_MS));
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.load()));
    this.load();
  }

  schedule(delayMs) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.load(), delayMs);
  }

  async load() {
    this.request?.abort();
    const { signal } = (this.request = new AbortController());
    const url = new URL(this.element.dataset.staffMapUrl, location.href);
    url.searchParams.set("bbox", boundingBox(this.map));
    const headers = this.etag && url.href === this.url ? { "If-None-Match": this.etag } : {};
    const response = await this.poll.read(url, { headers, signal });
    if (signal.aborted) return; // a newer request has replaced this one
    if (response) {
      const answer = await response.json();
      Object.assign(this, { url: url.href, etag: response.headers.get("ETag") });
      this.show(answer);
    }
    this.schedule(this.poll.delay(Number(this.element.dataset.pollSeconds) * 1000));
  }

  show({ number, more, vehicles, groups }) {
    this.status.textContent = format(more ? this.texts.more : this.texts.count, { n: NUMBERS.format(number) });
    if (this.layer.getLayers().some((marker) => marker.isPopupOpen())) return; // it stays until it is closed
    this.layer.clearLayers();
    const project = (point) => this.map.project(point);
    for (const members of groupByDistance(vehicles.map(parseVehicle), project)) {
      if (members.length === 1) this.addPin(members[0]);
      else this.addVehicleGroup(members);
    }
    const clusters = groups.map(([lat, lon, count, zoomLat, zoomLon]) => ({ lat, lon, count, zoomPoint: [zoomLat, zoomLon] }));
    for (const members of groupByDistance(clusters, project)) {
      const [{ lat, lon, zoomPoint }] = members;
      const count = members.reduce((sum, each) => sum + each.count, 0);
      this.addGroup([lat, lon], count, () => fitPoints(this.map, this.element, [zoomPoint], { maxZoom: this.map.getZoom() + 1 }));
    }
  }

  addPin(vehicle) {
    const options = { icon: createPinIcon(vehicle), title: `${vehicle.name} · ${vehicle.stateLabel}`, keyboard: false };
    const marker = L.marker([vehicle.lat, vehicle.lon], options).addTo(this.layer);
    nameMarker(marker, `${vehicle.name}, ${this.describe(vehicle).join(", ")}`);
    marker.bindPopup(() => this.createFacts([vehicle]), { maxWidth: 260 });
  }

  addVehicleGroup(members) {
    const points = members.map(({ lat, lon }) => [lat, lon]);
    this.addGroup(points[0], members.length, () => {
      if (this.map.getZoom() < MAX_GROUP_ZOOM) fitPoints(this.map, this.element, points, { maxZoom: MAX_GROUP_ZOOM });
      else L.popup({ maxHeight: 240 }).setLatLng(points[0]).setContent(this.createFacts(members)).openOn(this.map);
    });
  }

  addGroup(point, count, onActivate) {
    const text = count < 1000 ? count : SHORT_NUMBERS.format(count);
    const icon = L.divIcon({ className: "", html: `<span class="pin-group">${text}</span>`, iconSize: [44, 44] });
    const title = format(this.texts.group, { n: NUMBERS.format(count) });
    const marker = L.marker(point, { icon, title }).addTo(this.layer);
    marker.getElement().setAttribute("aria-label", title);
    marker.on("click", onActivate);
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && onActivate());
  }

  describe({ stateLabel, battery, alerts }) {
    const charge = battery === null ? null : format(this.texts.battery, { n: battery });
    return [stateLabel, charge, ...alerts].filter(Boolean);
  }

  createFacts(vehicles) {
    const box = document.createElement("div");
    for (const vehicle of vehicles) {
      const href = this.element.dataset.detailsUrl.replace("KEY", vehicle.key);
      box.append(Object.assign(document.createElement("a"), { className: "card-title", href, textContent: vehicle.name }));
      const textContent = this.describe(vehicle).join(" · ");
      box.append(Object.assign(document.createElement("p"), { className: "card-detail", textContent }));
    }
    return box;
  }
}

export function startStaffMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-staff-map-url]").forEach((element) => new StaffMap(element));
}
