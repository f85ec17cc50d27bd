// The explorer's map: what stands in the window that one looks at, and what changes there, without
// a reload. Near pins are drawn as one with their number. The list is the keyboard's way to the
// vehicles, so pins are no stops of the Tab key.
import { choose, covered, drawHere, fit, makeMap, pin, popup } from "./map.js";

const GROUP_PX = 48; // pins nearer than this on the screen are drawn as one
const CLOSEST = 18; // at this zoom a group opens as a list instead
const GRID = 0.01; // degrees; small windows are cut finer (webapp/fleet/live_map/bounding_box.py)
const AROUND = 0.25; // how much more than is seen is asked for, of its size
const MOVED_MS = 250; // a map that has stood still for so long is looked at
const LONGEST_PAUSE = 32; // times the usual one, after errors

const say = (words, values) => words.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
const wrapped = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;

// What is seen and some more around it, on the lines of the grid, so that many maps ask the same.
function windowOf(map) {
  const bounds = map.getBounds().pad(AROUND);
  const [south, north] = [Math.max(-90, bounds.getSouth()), Math.min(90, bounds.getNorth())];
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const step = Math.max(north - south, east - west) < 4 * GRID ? GRID / 10 : GRID;
  const low = (degrees) => (Math.floor(degrees / step) * step).toFixed(3);
  const high = (degrees) => (Math.ceil(degrees / step) * step).toFixed(3);
  const wide = east - west >= 360 ? [-180, 180] : [low(wrapped(west)), high(wrapped(east))];
  return [low(south), wide[0], high(north), wide[1]].join(",");
}

function stands({ lat, lon }, window) {
  const [south, west, north, east] = window.split(",").map(Number);
  const [isAfter, isBefore] = [lon >= west, lon <= east];
  return lat >= south && lat <= north && (west <= east ? isAfter && isBefore : isAfter || isBefore);
}

function isSeen(map, window) {
  const bounds = map.getBounds();
  return [bounds.getSouthWest(), bounds.getNorthEast()].every(({ lat, lng }) => stands({ lat, lon: wrapped(lng) }, window));
}

function fromAnswer([key, lat, lon, icon, state, name, price, range]) {
  return { key, lat, lon, icon, state, name, price, range };
}

function fromRow({ dataset }) {
  return { ...dataset, lat: Number(dataset.lat), lon: Number(dataset.lon) };
}

class LiveMap {
  constructor(element) {
    this.element = element;
    this.words = JSON.parse(element.dataset.texts);
    this.pollMs = Number(element.dataset.pollSeconds) * 1000;
    const rows = [...document.querySelectorAll("li[data-vehicle][data-lat]")];
    this.rows = new Map(rows.map((row) => [row.dataset.key, row]));
    this.vehicles = new Map(rows.map((row) => [row.dataset.key, fromRow(row)]));
    this.groups = [];
    this.markers = new Map();
    this.failures = 0;
    element.replaceChildren();
    this.map = makeMap(element, element.dataset.lat, element.dataset.lon, 15);
    const points = rows.map((row) => [row.dataset.lat, row.dataset.lon]);
    fit(this.map, element, [...points, ...drawHere(this.map, element)]);
    this.draw();
    this.listen();
    this.load();
  }

  listen() {
    this.map.on("zoomend", () => this.draw());
    this.map.on("moveend", () => this.later(MOVED_MS));
    this.map.on("popupclose", () => {
      this.open = null;
      this.draw();
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.load()));
    for (const [key, row] of this.rows) {
      row.addEventListener("mouseenter", () => {
        const shown = this.markers.get(key);
        if (shown) choose(row, shown.marker);
      });
    }
  }

  // --- asking ------------------------------------------------------------------------------

  later(pause) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.load(), pause);
  }

  rest() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  async load() {
    this.rest();
    if (document.hidden) return;
    const asking = (this.asking = new AbortController());
    const looked = this.at && isSeen(this.map, this.looked) ? this.looked : windowOf(this.map);
    const answer = await this.ask(looked, asking.signal).catch(() => null);
    if (asking.signal.aborted) return; // another question has taken its place
    this.failures = answer ? 0 : this.failures + 1;
    const hasAll = !answer || this.take(answer, looked);
    this.later(hasAll ? this.pollMs * Math.min(2 ** this.failures, LONGEST_PAUSE) : 0);
  }

  async ask(looked, signal) {
    const url = new URL(this.element.dataset.liveUrl, location.href);
    url.searchParams.set("bbox", looked);
    if (looked === this.looked && this.at) url.searchParams.set("since", this.at);
    // Without cookies: the answer is the same for everybody, and may come from a proxy.
    const response = await fetch(url, { signal, credentials: "omit" });
    return response.ok ? response.json() : null;
  }

  // Take an answer; return false when something has been missed, and all is to be asked for.
  take(answer, looked) {
    const before = [...this.vehicles.values()];
    const now = answer.full ? new Map() : new Map(this.vehicles);
    answer.gone.forEach((key) => now.delete(key));
    answer.vehicles.map(fromAnswer).forEach((vehicle) => now.set(vehicle.key, vehicle));
    const hasAll = answer.number === now.size;
    Object.assign(this, { looked, vehicles: now, groups: answer.groups, at: hasAll ? answer.at : null });
    this.draw();
    this.tellBack([...this.rows].filter(([key]) => now.has(key)));
    if (!answer.groups.length) this.tellGone(before.filter((one) => !now.has(one.key) && stands(one, looked)));
    return hasAll || answer.full;
  }

  // Say so in the list and in a pop-up that is open, which stays until it is closed.
  tellGone(vehicles) {
    for (const { key } of vehicles) {
      const row = this.rows.get(key);
      if (row && !row.classList.contains("is-unavailable")) row.querySelector(".card-content").append(this.note());
      row?.classList.add("is-unavailable");
      if (this.open?.key === key) this.open.marker.getPopup().update();
    }
  }

  tellBack(rows) {
    for (const [, row] of rows) {
      row.classList.remove("is-unavailable");
      row.querySelector(".card-unavailable")?.remove();
    }
  }

  note() {
    return Object.assign(document.createElement("p"), { className: "card-unavailable", textContent: this.words.gone });
  }

  // --- drawing -----------------------------------------------------------------------------

  draw() {
    const wanted = new Map();
    for (const members of this.grouped()) {
      const [first] = members;
      const is = members.map(({ key, lat, lon, state }) => `${key} ${lat} ${lon} ${state}`).join();
      if (members.length === 1) wanted.set(first.key, { is, make: () => this.pin(first) });
      else wanted.set(`near ${first.key}`, { is, make: () => this.near(members) });
    }
    for (const [lat, lon, number] of this.groups) {
      wanted.set(`${lat} ${lon}`, { is: number, make: () => this.group([lat, lon], number) });
    }
    for (const [id, { is, marker }] of this.markers) {
      if (wanted.get(id)?.is === is || id === this.open?.key) continue;
      marker.remove();
      this.markers.delete(id);
    }
    for (const [id, { is, make }] of wanted) {
      if (!this.markers.has(id)) this.markers.set(id, { is, marker: make() });
    }
  }

  // Vehicles that are near each other on the screen, in an order that stays; the one that is looked
  // at stays alone.
  grouped() {
    const groups = [];
    const all = [...this.vehicles.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const vehicle of all) {
      const at = this.map.project([vehicle.lat, vehicle.lon]);
      const alone = vehicle.key === this.open?.key;
      const near = groups.find((group) => !group.alone && !alone && group.at.distanceTo(at) < GROUP_PX);
      if (near) near.members.push(vehicle);
      else groups.push({ at, alone, members: [vehicle] });
    }
    return groups.map(({ members }) => members);
  }

  pin(vehicle) {
    const { key, lat, lon, name } = vehicle;
    const options = { icon: pin(vehicle), title: name, keyboard: false };
    const marker = L.marker([lat, lon], options).addTo(this.map);
    const row = this.rows.get(key);
    // Neither under the buttons of the map nor under the sheet.
    const below = [72, 16 + covered(this.element)];
    const padding = { autoPanPaddingTopLeft: [16, 56], autoPanPaddingBottomRight: below, maxWidth: 260 };
    marker.bindPopup(() => this.content(vehicle, row), padding);
    marker.on("popupopen", () => {
      this.open = { key, marker };
      if (row) choose(row, marker);
    });
    return marker;
  }

  content(vehicle, row) {
    const box = row ? popup(row) : this.facts(vehicle);
    if (!this.vehicles.has(vehicle.key)) box.querySelector("form, .btn")?.replaceWith(this.note());
    return box;
  }

  near(members) {
    const points = members.map(({ lat, lon }) => [lat, lon]);
    return this.group(points[0], members.length, () => {
      if (this.map.getZoom() < CLOSEST) fit(this.map, this.element, points, { maxZoom: CLOSEST });
      else this.openList(points[0], members);
    });
  }

  group(at, number, act = () => this.map.setView(at, this.map.getZoom() + 2)) {
    const icon = L.divIcon({ className: "", html: `<span class="pin-group">${number}</span>`, iconSize: [44, 44] });
    const title = say(this.words.group, { n: number });
    const marker = L.marker(at, { icon, title }).addTo(this.map);
    marker.getElement().setAttribute("aria-label", title);
    marker.on("click", act);
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && act());
    return marker;
  }

  openList(at, members) {
    const list = document.createElement("ul");
    list.className = "pin-list";
    for (const vehicle of members) {
      const item = document.createElement("li");
      item.append(this.link(vehicle, "", vehicle.name));
      list.append(item);
    }
    L.popup().setLatLng(at).setContent(list).openOn(this.map);
  }

  // The same facts as in the list, for a vehicle that is not on this page of it.
  facts(vehicle) {
    const { words } = this;
    const box = document.createElement("div");
    box.append(this.link(vehicle, "card-title", vehicle.name));
    const range = vehicle.range === null ? null : say(words.left, { n: Math.floor(vehicle.range / 1000) });
    const state = vehicle.state === "available" ? null : words.states[vehicle.state];
    for (const text of [this.away(vehicle), [state, range].filter(Boolean).join(" · "), vehicle.price]) {
      if (!text) continue;
      const line = document.createElement("p");
      line.className = "card-detail";
      line.textContent = text;
      box.append(line);
    }
    box.append(this.link(vehicle, "btn btn-tint btn-compact", words.look));
    return box;
  }

  link(vehicle, className, text) {
    const link = document.createElement("a");
    link.className = className;
    link.href = this.element.dataset.vehicleUrl.replace("KEY", vehicle.key);
    link.textContent = text;
    return link;
  }

  away({ lat, lon }) {
    const { hereLat, hereLon } = this.element.dataset;
    if (!hereLat) return null;
    const metres = this.map.distance([hereLat, hereLon], [lat, lon]);
    const far = metres < 950 ? say(this.words.m, { n: Math.round(metres / 10) * 10 }) : say(this.words.km, { n: (metres / 1000).toFixed(1) });
    return metres > 5000 ? far : say(this.words.walk, { far, n: Math.max(1, Math.ceil(metres / 80)) });
  }
}

export function followMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-live-url]").forEach((element) => new LiveMap(element));
}
