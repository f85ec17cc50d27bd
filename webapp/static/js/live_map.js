// The map of the search page: it loads the vehicles in the visible area and follows their changes by
// polling. Pins that are close together are drawn as one group with their number. Keyboard users reach
// the vehicles through the list, so single pins are not in the tab order.
import { boundingBox, coversVisibleArea, isInside } from "./bounding_box.js";
import { locate, mayLocate } from "./geolocation.js";
import { addUserPosition, coveredHeight, createMap, createPinIcon, createPointMarker, createPopupContent, fitPoints, selectVehicle } from "./map.js";
import { ResultList } from "./result_list.js";
import { groupByDistance, middleOf, withoutOutliers } from "./vehicle_groups.js";
import { format, VehiclePopups } from "./vehicle_popups.js";

const MAX_GROUP_ZOOM = 18; // at this zoom a group opens as a list instead of zooming in
const MOVE_DEBOUNCE_MS = 250; // load after the map has not moved for this long
const MIN_LIST_MOVE = 0.1; // the list stays while the map moves less, as a share of its width
const MAX_AUTO_LOCATE_M = 50000; // farther from the city, nobody asked to see one's own place
const [MIN_SPREAD, MAX_SPREAD_ZOOM] = [10, 15]; // fewer vehicles may be one group at first
const NEAREST_SHOWN = 3; // vehicles in view after the user's position was found
const MAX_BACKOFF_FACTOR = 32; // times the poll interval, after errors

function parseVehicle([key, lat, lon, icon, state, name, plan, range, low, battery, mayStart]) {
  return { key, lat, lon, icon, state, name, plan, range, low, battery, mayStart };
}

function readRow({ dataset }) {
  return { ...dataset, mayStart: !("noStart" in dataset), low: "low" in dataset, lat: Number(dataset.lat), lon: Number(dataset.lon) };
}

class LiveMap {
  constructor(element) {
    this.element = element;
    this.texts = JSON.parse(element.dataset.texts);
    this.pollMs = Number(element.dataset.pollSeconds) * 1000;
    this.list = new ResultList(element.dataset.listUrl, JSON.parse(element.dataset.listRadii));
    this.prices = {};
    this.readRows();
    this.vehicles = new Map([...this.rows].filter(([, row]) => row.dataset.lat).map(([key, row]) => [key, readRow(row)]));
    this.groups = [];
    this.markers = new Map();
    this.failures = 0;
    element.replaceChildren();
    this.map = createMap(element, element.dataset.lat, element.dataset.lon, 15);
    this.popups = new VehiclePopups(element, this.map, this.prices);
    const points = withoutOutliers([...this.vehicles.values()].map(({ lat, lon }) => [lat, lon]));
    points.push(...addUserPosition(this.map, element));
    fitPoints(this.map, element, points.length ? points : [[element.dataset.lat, element.dataset.lon]]);
    if (element.dataset.hereLat === undefined) this.spread(points);
    this.draw();
    this.startList();
    this.listen();
    this.load();
  }

  readRows() {
    this.rows = new Map(this.list.rows.map((row) => [row.dataset.key, row]));
    for (const line of document.querySelectorAll("[data-plan] > span:last-child")) {
      const { plan } = line.parentElement.dataset;
      if (line.closest(".price-list")) this.prices[plan] = line.textContent;
    }
  }

  listen() {
    this.map.on("zoomend", () => this.draw());
    this.map.on("autopanstart", () => (this.isAutoPan = true));
    this.map.on("moveend", () => {
      this.schedule(MOVE_DEBOUNCE_MS);
      if (!this.isAutoPan) this.scheduleList();
      this.isAutoPan = false;
    });
    this.map.on("popupclose", () => {
      this.openPopup = null;
      this.draw();
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stopPolling() : this.load()));
    this.list.element.addEventListener("mouseover", ({ target }) => {
      const row = target.closest("li[data-vehicle]");
      const entry = row && this.markers.get(row.dataset.key);
      if (entry && !row.classList.contains("is-selected")) selectVehicle(row, entry.marker);
    });
    this.list.element.addEventListener("listchange", () => {
      this.readRows();
      if (this.showsNearest) this.showNearest();
      const row = this.openPopup && this.rows.get(this.openPopup.key);
      if (row) selectVehicle(row, this.openPopup.marker);
    });
    const button = document.querySelector(".map-area [data-locate]");
    button.hidden = !navigator.geolocation;
    button.addEventListener("click", () => locate(button, (lat, lon) => this.showUser(lat, lon)));
    const { listIsPart, hereLat } = this.element.dataset;
    if (location.search && listIsPart === undefined) return; // the address says what to show
    mayLocate().then((mayTell) => mayTell && hereLat === undefined && locate(button, (lat, lon) => this.showUser(lat, lon, MAX_AUTO_LOCATE_M)));
  }

  // A map on which most vehicles are one group says nothing: look closer at their middle.
  spread(points) {
    let zoom = this.map.getZoom();
    const items = points.map(([lat, lon]) => ({ lat, lon }));
    const isOneGroup = () => groupByDistance(items, (point) => this.map.project(point, zoom)).some(({ length }) => length > items.length / 2);
    while (items.length >= MIN_SPREAD && zoom < MAX_SPREAD_ZOOM && isOneGroup()) zoom += 1;
    if (zoom > this.map.getZoom()) this.showAt(middleOf(points), zoom);
  }

  // Show a point in the middle of what can be seen of the map.
  showAt(point, zoom) {
    const offset = [0, coveredHeight(this.element) / 2];
    this.map.setView(this.map.unproject(this.map.project(point, zoom).add(offset), zoom), zoom, { animate: false });
  }

  // --- the list ----------------------------------------------------------------------------

  // The middle of what can be seen of the map.
  get centre() {
    const { x, y } = this.map.getSize();
    return this.map.containerPointToLatLng([x / 2, (y - coveredHeight(this.element)) / 2]);
  }

  // The page's list is in no order of places, and may be the first part of many vehicles.
  startList() {
    const { hereLat, listIsPart } = this.element.dataset;
    this.listView = { centre: this.centre, zoom: this.map.getZoom() };
    if (hereLat === undefined) this.list.sort((point) => this.map.distance(this.centre, point));
    if (listIsPart !== undefined && !new URLSearchParams(location.search).has("after")) this.loadList();
  }

  scheduleList() {
    clearTimeout(this.listTimer);
    this.listTimer = setTimeout(() => this.followMap(), MOVE_DEBOUNCE_MS);
  }

  followMap() {
    const { centre, zoom } = this.listView;
    const moved = this.map.latLngToContainerPoint(centre).distanceTo(this.map.latLngToContainerPoint(this.centre));
    if (zoom !== this.map.getZoom() || moved >= MIN_LIST_MOVE * this.map.getSize().x) this.loadList();
  }

  loadList() {
    const { centre } = this;
    this.listView = { centre, zoom: this.map.getZoom() };
    const isViewer = this.user && this.map.distance(this.user.getLatLng(), centre) < 30;
    this.list.load(centre.wrap(), this.map.distance(centre, this.map.getBounds().getNorthEast()), isViewer);
  }

  // Show where the user is, and what is near; not if that is too far from the city.
  showUser(lat, lon, maxDistanceM = Infinity) {
    if (this.map.distance([lat, lon], [this.element.dataset.lat, this.element.dataset.lon]) > maxDistanceM) return;
    Object.assign(this.element.dataset, { hereLat: lat, hereLon: lon });
    this.user?.remove();
    this.user = createPointMarker(lat, lon).addTo(this.map);
    this.showAt([lat, lon], Math.max(this.map.getZoom(), 16));
    clearTimeout(this.listTimer);
    this.showsNearest = true;
    this.loadList();
  }

  // Look so far that the nearest vehicles are in view. The list is what it was loaded for.
  showNearest() {
    this.showsNearest = false;
    const nearest = [...this.rows.values()].filter(({ dataset }) => dataset.lat).slice(0, NEAREST_SHOWN);
    const points = nearest.map(({ dataset }) => [dataset.lat, dataset.lon]);
    fitPoints(this.map, this.element, [this.user.getLatLng(), ...points]);
    this.listView = { centre: this.centre, zoom: this.map.getZoom() };
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
    Object.assign(this.prices, answer.prices);
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
    for (const { lat, lon, number, zoomPoint } of this.mergeGroups()) {
      // The middle of a group may be far from its vehicles: zoom in to where one is.
      const zoomIn = () => fitPoints(this.map, this.element, [zoomPoint], { maxZoom: this.map.getZoom() + 1 });
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
    this.map.fire("pinschange");
  }

  // Group the vehicles that are close together on the screen, in a stable order. The vehicle with the
  // open pop-up stays alone.
  groupVehicles() {
    const all = [...this.vehicles.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return groupByDistance(all, (point) => this.map.project(point), ({ key }) => key === this.openPopup?.key);
  }

  // The server does not know how large the screen is: put its groups together where they overlap.
  mergeGroups() {
    const groups = this.groups.map(([lat, lon, number, zoomLat, zoomLon]) => ({ lat, lon, number, zoomPoint: [zoomLat, zoomLon] }));
    groups.sort((a, b) => b.number - a.number || a.lat - b.lat);
    return groupByDistance(groups, (point) => this.map.project(point)).map((members) => ({
      ...members[0],
      number: members.reduce((sum, { number }) => sum + number, 0),
    }));
  }

  addPin(vehicle) {
    const { key, lat, lon, name } = vehicle;
    const options = { icon: createPinIcon(vehicle), title: name, keyboard: false };
    const marker = L.marker([lat, lon], options).addTo(this.map);
    // Keep pop-ups clear of the map's buttons and of the sheet.
    const bottomRight = [72, 16 + coveredHeight(this.element)];
    const popupOptions = { autoPanPaddingTopLeft: [16, 56], autoPanPaddingBottomRight: bottomRight, maxWidth: 260 };
    marker.bindPopup(() => this.createPopup(vehicle, this.rows.get(key)), popupOptions);
    marker.on("popupopen", () => {
      this.openPopup = { key, marker };
      const row = this.rows.get(key);
      if (row) selectVehicle(row, marker);
    });
    return marker;
  }

  createPopup(vehicle, row) {
    const box = row ? createPopupContent(row, this.prices[vehicle.plan] ?? "") : this.popups.createFacts(vehicle);
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
    const marker = L.marker(point, { icon, title, autoPanOnFocus: false }).addTo(this.map);
    marker.getElement().setAttribute("aria-label", title);
    marker.getElement().addEventListener("focus", ({ target }) => target.matches(":focus-visible") && this.uncover(point));
    marker.on("click", onActivate);
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && onActivate());
    return marker;
  }

  // Move the map so that the sheet does not lie over what the keyboard has come to.
  uncover(point) {
    const paddingBottomRight = [72, 32 + coveredHeight(this.element)];
    this.map.panInside(point, { paddingTopLeft: [32, 64], paddingBottomRight, animate: false });
  }

  openList(point, members) {
    const list = document.createElement("ul");
    list.className = "pin-list";
    for (const vehicle of members) {
      const item = document.createElement("li");
      item.append(this.popups.createLink(vehicle, "", vehicle.name));
      list.append(item);
    }
    L.popup().setLatLng(point).setContent(list).openOn(this.map);
  }
}

export function startLiveMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-live-url]").forEach((element) => new LiveMap(element));
}
