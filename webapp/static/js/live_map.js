// The map of the search page: it loads the vehicles in the visible area and follows their changes by
// polling. Pins that are close together are drawn as one group with their number. Keyboard users reach
// the vehicles through the list, so single pins are not in the tab order.
import { addUserPosition, coveredHeight, createMap, createPinIcon, createPopupContent, fitPoints, selectVehicle } from "./map.js";

const GROUP_DISTANCE_PX = 48; // pins closer than this on the screen are drawn as one group
const MAX_GROUP_ZOOM = 18; // at this zoom a group opens as a list instead of zooming in
const GRID_DEGREES = 0.01; // a tenth of it for small areas (webapp/fleet/live_map/bounding_box.py)
const PADDING_RATIO = 0.25; // loaded beyond each side of the visible area, as a share of its size
const MOVE_DEBOUNCE_MS = 250; // load after the map has not moved for this long
const MAX_BACKOFF_FACTOR = 32; // times the poll interval, after errors

const format = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
const wrapLongitude = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;

// Return the visible area with some padding as "south,west,north,east", aligned to the grid so that
// responses can be cached.
function boundingBox(map) {
  const bounds = map.getBounds().pad(PADDING_RATIO);
  const [south, north] = [Math.max(-90, bounds.getSouth()), Math.min(90, bounds.getNorth())];
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const step = Math.max(north - south, east - west) < 4 * GRID_DEGREES ? GRID_DEGREES / 10 : GRID_DEGREES;
  const roundDown = (degrees) => (Math.floor(degrees / step) * step).toFixed(3);
  const roundUp = (degrees) => (Math.ceil(degrees / step) * step).toFixed(3);
  const longitudes = east - west >= 360 ? [-180, 180] : [roundDown(wrapLongitude(west)), roundUp(wrapLongitude(east))];
  return [roundDown(south), longitudes[0], roundUp(north), longitudes[1]].join(",");
}

function isInside({ lat, lon }, bbox) {
  const [south, west, north, east] = bbox.split(",").map(Number);
  const [isEastOfWest, isWestOfEast] = [lon >= west, lon <= east];
  return lat >= south && lat <= north && (west <= east ? isEastOfWest && isWestOfEast : isEastOfWest || isWestOfEast);
}

function coversVisibleArea(map, bbox) {
  const bounds = map.getBounds();
  return [bounds.getSouthWest(), bounds.getNorthEast()].every(({ lat, lng }) => isInside({ lat, lon: wrapLongitude(lng) }, bbox));
}

function parseVehicle([key, lat, lon, icon, state, name, price, range]) {
  return { key, lat, lon, icon, state, name, price, range };
}

function readRow({ dataset }) {
  return { ...dataset, lat: Number(dataset.lat), lon: Number(dataset.lon) };
}

class LiveMap {
  constructor(element) {
    this.element = element;
    this.texts = JSON.parse(element.dataset.texts);
    this.pollMs = Number(element.dataset.pollSeconds) * 1000;
    const rows = [...document.querySelectorAll("li[data-vehicle][data-lat]")];
    this.rows = new Map(rows.map((row) => [row.dataset.key, row]));
    this.vehicles = new Map(rows.map((row) => [row.dataset.key, readRow(row)]));
    this.groups = [];
    this.markers = new Map();
    this.failures = 0;
    element.replaceChildren();
    this.map = createMap(element, element.dataset.lat, element.dataset.lon, 15);
    const points = rows.map((row) => [row.dataset.lat, row.dataset.lon]);
    fitPoints(this.map, element, [...points, ...addUserPosition(this.map, element)]);
    this.draw();
    this.listen();
    this.load();
  }

  listen() {
    this.map.on("zoomend", () => this.draw());
    this.map.on("moveend", () => this.schedule(MOVE_DEBOUNCE_MS));
    this.map.on("popupclose", () => {
      this.openPopup = null;
      this.draw();
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stopPolling() : this.load()));
    for (const [key, row] of this.rows) {
      row.addEventListener("mouseenter", () => {
        const entry = this.markers.get(key);
        if (entry) selectVehicle(row, entry.marker);
      });
    }
  }

  // --- loading -----------------------------------------------------------------------------

  schedule(delayMs) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.load(), delayMs);
  }

  stopPolling() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  async load() {
    this.stopPolling();
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
    const url = new URL(this.element.dataset.liveUrl, location.href);
    url.searchParams.set("bbox", bbox);
    if (bbox === this.bbox && this.version) url.searchParams.set("since", this.version);
    // Without cookies: the response is the same for everybody and may be cached by a proxy.
    const response = await fetch(url, { signal, credentials: "omit" });
    return response.ok ? response.json() : null;
  }

  // Apply a response. Return false when a change was missed, so that everything must be loaded again.
  applyAnswer(answer, bbox) {
    const previous = [...this.vehicles.values()];
    const vehicles = answer.full ? new Map() : new Map(this.vehicles);
    answer.gone.forEach((key) => vehicles.delete(key));
    answer.vehicles.map(parseVehicle).forEach((vehicle) => vehicles.set(vehicle.key, vehicle));
    const isComplete = answer.number === vehicles.size;
    Object.assign(this, { bbox, vehicles, groups: answer.groups, version: isComplete ? answer.at : null });
    this.draw();
    this.markAvailable([...this.rows].filter(([key]) => vehicles.has(key)));
    if (!answer.groups.length) this.markUnavailable(previous.filter((vehicle) => !vehicles.has(vehicle.key) && isInside(vehicle, bbox)));
    return isComplete || answer.full;
  }

  // Mark the vehicles in the list and in the open pop-up, which stays until the user closes it.
  markUnavailable(vehicles) {
    for (const { key } of vehicles) {
      const row = this.rows.get(key);
      if (row && !row.classList.contains("is-unavailable")) row.querySelector(".card-content").append(this.createUnavailableNote());
      row?.classList.add("is-unavailable");
      if (this.openPopup?.key === key) this.openPopup.marker.getPopup().update();
    }
  }

  markAvailable(rows) {
    for (const [, row] of rows) {
      row.classList.remove("is-unavailable");
      row.querySelector(".card-unavailable")?.remove();
    }
  }

  createUnavailableNote() {
    return Object.assign(document.createElement("p"), { className: "card-unavailable", textContent: this.texts.gone });
  }

  // --- drawing -----------------------------------------------------------------------------

  draw() {
    const entries = new Map();
    for (const members of this.groupVehicles()) {
      const [first] = members;
      const content = members.map(({ key, lat, lon, state }) => `${key} ${lat} ${lon} ${state}`).join();
      if (members.length === 1) entries.set(first.key, { content, create: () => this.addPin(first) });
      else entries.set(`near ${first.key}`, { content, create: () => this.addVehicleGroup(members) });
    }
    for (const [lat, lon, number, zoomLat, zoomLon] of this.groups) {
      // The middle of a group may be far from its vehicles: zoom in to where one is.
      const zoomIn = () => fitPoints(this.map, this.element, [[zoomLat, zoomLon]], { maxZoom: this.map.getZoom() + 1 });
      entries.set(`${lat} ${lon}`, { content: number, create: () => this.addGroup([lat, lon], number, zoomIn) });
    }
    for (const [id, { content, marker }] of this.markers) {
      if (entries.get(id)?.content === content || id === this.openPopup?.key) continue;
      marker.remove();
      this.markers.delete(id);
    }
    for (const [id, { content, create }] of entries) {
      if (!this.markers.has(id)) this.markers.set(id, { content, marker: create() });
    }
  }

  // Group the vehicles that are close together on the screen, in a stable order. The vehicle with the
  // open pop-up stays alone.
  groupVehicles() {
    const groups = [];
    const all = [...this.vehicles.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const vehicle of all) {
      const position = this.map.project([vehicle.lat, vehicle.lon]);
      const isAlone = vehicle.key === this.openPopup?.key;
      const nearby = groups.find((group) => !group.isAlone && !isAlone && group.position.distanceTo(position) < GROUP_DISTANCE_PX);
      if (nearby) nearby.members.push(vehicle);
      else groups.push({ position, isAlone, members: [vehicle] });
    }
    return groups.map(({ members }) => members);
  }

  addPin(vehicle) {
    const { key, lat, lon, name } = vehicle;
    const options = { icon: createPinIcon(vehicle), title: name, keyboard: false };
    const marker = L.marker([lat, lon], options).addTo(this.map);
    const row = this.rows.get(key);
    // Keep pop-ups clear of the map's buttons and of the sheet.
    const bottomRight = [72, 16 + coveredHeight(this.element)];
    const popupOptions = { autoPanPaddingTopLeft: [16, 56], autoPanPaddingBottomRight: bottomRight, maxWidth: 260 };
    marker.bindPopup(() => this.createPopup(vehicle, row), popupOptions);
    marker.on("popupopen", () => {
      this.openPopup = { key, marker };
      if (row) selectVehicle(row, marker);
    });
    return marker;
  }

  createPopup(vehicle, row) {
    const box = row ? createPopupContent(row) : this.createFacts(vehicle);
    if (!this.vehicles.has(vehicle.key)) box.querySelector("form, .btn")?.replaceWith(this.createUnavailableNote());
    return box;
  }

  addVehicleGroup(members) {
    const points = members.map(({ lat, lon }) => [lat, lon]);
    return this.addGroup(points[0], members.length, () => {
      if (this.map.getZoom() < MAX_GROUP_ZOOM) fitPoints(this.map, this.element, points, { maxZoom: MAX_GROUP_ZOOM });
      else this.openList(points[0], members);
    });
  }

  addGroup(point, number, onActivate) {
    const icon = L.divIcon({ className: "", html: `<span class="pin-group">${number}</span>`, iconSize: [44, 44] });
    const title = format(this.texts.group, { n: number });
    const marker = L.marker(point, { icon, title }).addTo(this.map);
    marker.getElement().setAttribute("aria-label", title);
    marker.on("click", onActivate);
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && onActivate());
    return marker;
  }

  openList(point, members) {
    const list = document.createElement("ul");
    list.className = "pin-list";
    for (const vehicle of members) {
      const item = document.createElement("li");
      item.append(this.createLink(vehicle, "", vehicle.name));
      list.append(item);
    }
    L.popup().setLatLng(point).setContent(list).openOn(this.map);
  }

  // Return the facts that the list shows, for a vehicle that is not on this page of the list.
  createFacts(vehicle) {
    const { texts } = this;
    const box = document.createElement("div");
    box.append(this.createLink(vehicle, "card-title", vehicle.name));
    const range = vehicle.range === null ? null : format(texts.left, { n: Math.floor(vehicle.range / 1000) });
    const state = vehicle.state === "available" ? null : texts.states[vehicle.state];
    for (const text of [this.formatDistance(vehicle), [state, range].filter(Boolean).join(" · "), vehicle.price]) {
      if (!text) continue;
      const line = document.createElement("p");
      line.className = "card-detail";
      line.textContent = text;
      box.append(line);
    }
    box.append(this.createLink(vehicle, "btn btn-tint btn-compact", texts.look));
    return box;
  }

  createLink(vehicle, className, text) {
    const link = document.createElement("a");
    link.className = className;
    link.href = this.element.dataset.detailsUrl.replace("KEY", vehicle.key);
    link.textContent = text;
    return link;
  }

  formatDistance({ lat, lon }) {
    const { hereLat, hereLon } = this.element.dataset;
    if (!hereLat) return null;
    const metres = this.map.distance([hereLat, hereLon], [lat, lon]);
    const distance = metres < 950 ? format(this.texts.m, { n: Math.round(metres / 10) * 10 }) : format(this.texts.km, { n: (metres / 1000).toFixed(1) });
    return metres > 5000 ? distance : format(this.texts.walk, { far: distance, n: Math.max(1, Math.ceil(metres / 80)) });
  }
}

export function startLiveMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-live-url]").forEach((element) => new LiveMap(element));
}
