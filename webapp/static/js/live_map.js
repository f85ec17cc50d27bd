// The map of the search page: it loads the vehicles in the visible area and follows their changes by
// polling. Pins that are close together are drawn as one group with their number. Keyboard users reach
// the vehicles through the list, so single pins are not in the tab order; screen readers find them by name.
import { boundingBox, coversVisibleArea, isInside } from "./bounding_box.js";
import { mayLocate } from "./geolocation.js";
import { LiveMarkers } from "./live_markers.js";
import { coveredHeight, createMap, fitPoints } from "./map.js";
import { mayAnimate, stopMotionWithMap } from "./marker_motion.js";
import { OwnPosition } from "./own_position.js";
import { createPinIcon, createPointMarker, nameMarker } from "./pins.js";
import { ResultList } from "./result_list.js";
import { format } from "./texts.js";
import { groupByDistance, middleOf, withoutOutliers } from "./vehicle_groups.js";
import { createPopupContent, VehiclePopups } from "./vehicle_popups.js";
import { WalkHint } from "./walk_hint.js";

const MAX_GROUP_ZOOM = 18; // at this zoom a group opens as a list instead of zooming in
const MOVE_DEBOUNCE_MS = 250; // load after the map has not moved for this long
const MIN_LIST_MOVE = 0.1; // the list stays while the map moves less, as a share of its width
const MAX_AUTO_LOCATE_M = 50000; // farther from the city, nobody asked to see one's own place
const [MIN_SPREAD, MAX_SPREAD_ZOOM] = [10, 15]; // fewer vehicles may be one group at first
const FOLLOW_MARGIN = 0.25; // of the visible part: so far from its edges the dot stays while the map follows
const NEAREST_SHOWN = 3; // vehicles in view after the user's position was found
const MAX_BACKOFF_FACTOR = 32; // times the poll interval, after errors

function parseVehicle([key, lat, lon, icon, state, name, plan, range, low, battery, mayStart]) {
  return { key, lat, lon, icon, state, name, plan, range, low, battery, mayStart };
}

function readRow({ dataset }) {
  return { ...dataset, mayStart: !("noStart" in dataset), low: "low" in dataset, lat: Number(dataset.lat), lon: Number(dataset.lon) };
}

function selectVehicle(row, marker) {
  document.querySelectorAll(".is-selected").forEach((other) => other.classList.remove("is-selected"));
  document.querySelectorAll(".pin-selected").forEach((other) => other.classList.remove("pin-selected"));
  row.classList.add("is-selected");
  marker.getElement().querySelector(".pin").classList.add("pin-selected");
}

class LiveMap {
  constructor(element) {
    this.element = element;
    this.texts = JSON.parse(element.dataset.texts);
    this.units = JSON.parse(element.dataset.mapTexts).units;
    this.walkTexts = JSON.parse(element.dataset.walkTexts);
    this.pollMs = Number(element.dataset.pollSeconds) * 1000;
    this.list = new ResultList(element.dataset.listUrl, JSON.parse(element.dataset.listRadii));
    this.prices = {};
    this.readRows();
    this.vehicles = new Map([...this.rows].filter(([, row]) => row.dataset.lat).map(([key, row]) => [key, readRow(row)]));
    this.groups = [];
    this.failures = 0;
    element.replaceChildren();
    this.map = createMap(element, element.dataset.lat, element.dataset.lon, 15);
    this.popups = new VehiclePopups(element, this);
    this.markers = new LiveMarkers(this.map, {
      pin: { create: (item) => this.createPin(item), change: (...change) => this.changePin(...change) },
      group: { create: (item) => this.createGroup(item), change: (...change) => this.changeGroup(...change) },
    });
    this.walkHint = new WalkHint(this.map, this.walkTexts, this.units);
    stopMotionWithMap(this.map);
    const points = withoutOutliers([...this.vehicles.values()].map(({ lat, lon }) => [lat, lon]));
    const { hereLat, hereLon } = element.dataset;
    if (hereLat !== undefined) this.choosePoint([hereLat, hereLon]);
    if (this.chosenPoint) points.push(this.chosenPoint);
    fitPoints(this.map, element, points.length ? points : [[element.dataset.lat, element.dataset.lon]]);
    if (!this.chosenPoint) this.spread(points);
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
    const select = ({ target }) => {
      const row = target.closest("li[data-vehicle]");
      const marker = row && this.markers.get(row.dataset.key);
      if (marker && !row.classList.contains("is-selected")) selectVehicle(row, marker);
    };
    for (const event of ["mouseover", "focusin"]) this.list.element.addEventListener(event, select);
    this.list.element.addEventListener("listchange", () => {
      this.readRows();
      if (this.showsNearest) this.showNearest();
      const row = this.openPopup && this.rows.get(this.openPopup.key);
      if (row) selectVehicle(row, this.openPopup.marker);
    });
    this.startOwnPosition();
    this.startPlaceSearch();
  }

  startOwnPosition() {
    const button = document.querySelector(".map-area [data-locate]");
    button.hidden = !navigator.geolocation;
    this.ownPosition = new OwnPosition(this.map, { button, texts: this.walkTexts.position, units: this.units });
    this.ownPosition.onFirst = () => this.showOwnPosition();
    this.ownPosition.onFollow = () => {
      this.keepInView(this.ownPosition.point);
      this.scheduleList();
    };
    this.ownPosition.onChange = () => {
      this.walkHint.update(this.startOfWalk);
      this.markers.forEachPin((marker) => this.namePin(marker));
    };
    if (this.chosenPoint || (location.search && this.element.dataset.listIsPart === undefined)) return; // the address says what to show
    const { lat, lon } = this.element.dataset;
    const isNearEnough = (point) => this.map.distance(point, [lat, lon]) <= MAX_AUTO_LOCATE_M;
    mayLocate().then((mayTell) => mayTell && !this.ownPosition.isOn && this.ownPosition.start(isNearEnough));
  }

  // The script of the search for places comes when somebody uses it.
  startPlaceSearch() {
    const button = document.querySelector("[data-place-search]");
    if (!button) return;
    const act = async (request) => {
      await import("./place_search.js");
      document.dispatchEvent(new CustomEvent("placesearch", { detail: { liveMap: this, button, ...request } }));
    };
    button.form.addEventListener("submit", (event) => {
      const question = button.form.elements.q.value.trim();
      if (event.submitter !== button || !question) return; // the page of places says what is missing
      event.preventDefault();
      act({ question, isNew: true }).catch(() => location.assign(`${button.formAction}?${new URLSearchParams({ q: question })}`));
    });
    // Links to parts of the page have no state.
    window.addEventListener("popstate", ({ state }) => state && act({ question: state.places }).catch(() => location.reload()));
  }

  // The point from which the list says what is near; null: none.
  choosePoint(point) {
    this.chosenMarker?.remove();
    this.chosenPoint = point && L.latLng(point);
    if (point) this.chosenMarker = createPointMarker(...point).addTo(this.map);
  }

  // Move the map and the list to a place.
  goTo(point) {
    this.ownPosition.follow(false, this.walkTexts.position.free);
    this.choosePoint(point);
    this.showAt(point, Math.max(this.map.getZoom(), 16));
    clearTimeout(this.listTimer);
    this.loadList();
  }

  // Where people walk from: where they are, else the point that they have chosen.
  get startOfWalk() {
    return this.ownPosition?.point ?? this.chosenPoint;
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

  // The list is nearest first from here: from the person whom the map follows, else from its middle.
  get listCentre() {
    return (this.ownPosition?.isFollowing && this.ownPosition.point) || this.centre;
  }

  // The page's list is in no order of places, and may be the first part of many vehicles.
  startList() {
    const { listIsPart } = this.element.dataset;
    this.listView = { centre: this.centre, zoom: this.map.getZoom() };
    if (!this.chosenPoint) this.list.sort((point) => this.map.distance(this.centre, point));
    if (listIsPart !== undefined && !new URLSearchParams(location.search).has("after")) this.loadList();
  }

  scheduleList() {
    clearTimeout(this.listTimer);
    this.listTimer = setTimeout(() => this.followMap(), MOVE_DEBOUNCE_MS);
  }

  followMap() {
    const { centre, zoom } = this.listView;
    const moved = this.map.latLngToContainerPoint(centre).distanceTo(this.map.latLngToContainerPoint(this.listCentre));
    if (zoom !== this.map.getZoom() || moved >= MIN_LIST_MOVE * this.map.getSize().x) this.loadList();
  }

  loadList() {
    const centre = this.listCentre;
    this.listView = { centre, zoom: this.map.getZoom() };
    const isViewer = this.startOfWalk && this.map.distance(this.startOfWalk, centre) < 30;
    this.list.load(centre.wrap(), this.map.distance(centre, this.map.getBounds().getNorthEast()), isViewer);
  }

  // Show where the person is, and what is near.
  showOwnPosition() {
    this.choosePoint(null);
    this.showAt(this.ownPosition.point, Math.max(this.map.getZoom(), 16));
    clearTimeout(this.listTimer);
    this.showsNearest = true;
    this.loadList();
  }

  // Move as little as shows the person, and beside them the vehicle that they have chosen.
  keepInView(point) {
    const chosen = this.openPopup?.marker.getLatLng();
    const { x, y } = this.map.getSize();
    const covered = coveredHeight(this.element);
    const [side, above] = [x * FOLLOW_MARGIN, (y - covered) * FOLLOW_MARGIN];
    if (!chosen) {
      const padding = { paddingTopLeft: [side, above], paddingBottomRight: [side, covered + above] };
      this.map.panInside(point, { ...padding, animate: mayAnimate() });
      return;
    }
    const isInView = L.bounds([0, 0], [x, y - covered]).contains(this.map.latLngToContainerPoint(point));
    if (!isInView) fitPoints(this.map, this.element, [point, chosen], { maxZoom: this.map.getZoom(), animate: mayAnimate() });
  }

  // Look so far that the nearest vehicles are in view. The list is what it was loaded for.
  showNearest() {
    this.showsNearest = false;
    if (!this.ownPosition.point) return;
    const nearest = [...this.rows.values()].filter(({ dataset }) => dataset.lat).slice(0, NEAREST_SHOWN);
    const points = nearest.map(({ dataset }) => [dataset.lat, dataset.lon]);
    fitPoints(this.map, this.element, [this.ownPosition.point, ...points]);
    this.listView = { centre: this.listCentre, zoom: this.map.getZoom() };
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
    this.draw({ isGentle: true });
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

  // isGentle: since the last time, only vehicles have changed, and not the map.
  draw({ isGentle = false } = {}) {
    const items = [...this.makeVehicleItems(), ...this.makeGroupItems()];
    this.markers.show(items, { keptId: this.openPopup?.key, isGentle });
    const chosen = this.openPopup && this.vehicles.get(this.openPopup.key);
    if (chosen) this.walkHint.lead([chosen.lat, chosen.lon], this.startOfWalk);
    this.map.fire("pinschange");
  }

  makeVehicleItems() {
    return this.groupVehicles().map((members) => {
      const [first] = members;
      if (members.length > 1) return this.makeVehicleGroup(members);
      const { key, lat, lon, icon, state, low, name } = first;
      return { kind: "pin", key, point: [lat, lon], look: `${icon} ${state} ${low} ${name}`, vehicle: first };
    });
  }

  makeVehicleGroup(members) {
    const points = members.map(({ lat, lon }) => [lat, lon]);
    const activate = () => {
      if (this.map.getZoom() < MAX_GROUP_ZOOM) fitPoints(this.map, this.element, points, { maxZoom: MAX_GROUP_ZOOM });
      else this.openList(points[0], members);
    };
    return { kind: "group", point: points[0], look: members.length, activate };
  }

  makeGroupItems() {
    return this.mergeGroups().map(({ lat, lon, number, zoomPoint }) => {
      // The middle of a group may be far from its vehicles: zoom in to where one is.
      const activate = () => fitPoints(this.map, this.element, [zoomPoint], { maxZoom: this.map.getZoom() + 1 });
      return { kind: "group", point: [lat, lon], look: number, activate };
    });
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

  createPin({ key, point, vehicle }) {
    const options = { icon: createPinIcon(vehicle), title: vehicle.name, keyboard: false };
    const marker = Object.assign(L.marker(point, options).addTo(this.map), { vehicle });
    // Keep pop-ups clear of the map's buttons and of the sheet.
    const bottomRight = [72, 16 + coveredHeight(this.element)];
    const popupOptions = { autoPanPaddingTopLeft: [16, 56], autoPanPaddingBottomRight: bottomRight, maxWidth: 260 };
    marker.bindPopup(() => this.createPopup(marker.vehicle, this.rows.get(key)), popupOptions);
    this.namePin(marker);
    marker.on("popupopen", () => {
      this.openPopup = { key, marker };
      const row = this.rows.get(key);
      if (row) selectVehicle(row, marker);
    });
    return marker;
  }

  changePin(marker, { vehicle }, isOtherLook) {
    marker.vehicle = vehicle;
    if (!isOtherLook) return this.namePin(marker);
    const isSelected = marker.getElement().querySelector(".pin-selected");
    marker.setIcon(createPinIcon(vehicle));
    marker.getElement().title = vehicle.name;
    if (isSelected) marker.getElement().querySelector(".pin").classList.add("pin-selected");
    this.namePin(marker);
  }

  // What a screen reader says of a pin.
  namePin(marker) {
    const { vehicle } = marker;
    const start = this.startOfWalk;
    const walk = start && this.walkHint.describe(start, marker.getLatLng());
    nameMarker(marker, [vehicle.name, ...this.popups.describe(vehicle), walk].filter(Boolean).join(", "));
  }

  createPopup(vehicle, row) {
    const box = row ? createPopupContent(row, this.prices[vehicle.plan] ?? "") : this.popups.createFacts(vehicle);
    box.firstElementChild.after(this.walkHint.create([vehicle.lat, vehicle.lon], this.startOfWalk));
    if (!this.vehicles.has(vehicle.key)) box.querySelector("form, .btn")?.replaceWith(this.createUnavailableNote());
    return box;
  }

  createGroup(item) {
    const icon = L.divIcon({ className: "", html: '<span class="pin-group"></span>', iconSize: [44, 44] });
    const marker = L.marker(item.point, { icon, autoPanOnFocus: false }).addTo(this.map);
    const element = marker.getElement();
    element.addEventListener("focus", () => element.matches(":focus-visible") && this.uncover(marker.getLatLng()));
    marker.on("click", () => marker.activate());
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && marker.activate());
    this.changeGroup(marker, item, true);
    return marker;
  }

  changeGroup(marker, { look: number, activate }, isOtherLook) {
    marker.activate = activate;
    if (!isOtherLook) return;
    const element = marker.getElement();
    const title = format(this.texts.group, { n: number });
    element.title = title;
    element.setAttribute("aria-label", title);
    element.firstElementChild.textContent = number;
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
