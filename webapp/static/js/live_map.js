// The map of the search page: the vehicles of the visible area, which it follows, and beside it the list,
// which follows the map. The vehicles come from live_vehicles.js, and vehicle_pins.js draws them.
import { mayLocate } from "./geolocation.js";
import { LiveVehicles } from "./live_vehicles.js";
import { createMap, fitPoints } from "./map.js";
import { keepInView, showAt, spread, visibleCentre } from "./map_view.js";
import { stopMotionWithMap } from "./marker_motion.js";
import { OwnPosition } from "./own_position.js";
import { createPointMarker } from "./pins.js";
import { ResultList } from "./result_list.js";
import { withoutOutliers } from "./vehicle_groups.js";
import { VehiclePins } from "./vehicle_pins.js";

const MOVE_DEBOUNCE_MS = 250; // load after the map has not moved for this long
const MIN_LIST_MOVE = 0.1; // the list stays while the map moves less, as a share of its width
const MAX_AUTO_LOCATE_M = 50000; // farther from the city, nobody asked to see one's own place
const NEAREST_SHOWN = 3; // vehicles in view after the user's position was found

function readRow({ dataset }) {
  return { ...dataset, mayStart: !("noStart" in dataset), low: "low" in dataset, lat: Number(dataset.lat), lon: Number(dataset.lon) };
}

class LiveMap {
  constructor(element) {
    this.element = element;
    this.texts = JSON.parse(element.dataset.texts);
    this.units = JSON.parse(element.dataset.mapTexts).units;
    this.walkTexts = JSON.parse(element.dataset.walkTexts);
    this.list = new ResultList(element.dataset.listUrl, JSON.parse(element.dataset.listRadii));
    this.prices = {};
    this.readRows();
    element.replaceChildren();
    this.map = createMap(element, element.dataset.lat, element.dataset.lon, 15);
    this.vehicles = new LiveVehicles(this.map, {
      url: element.dataset.liveUrl,
      pollMs: Number(element.dataset.pollSeconds) * 1000,
      byKey: new Map([...this.rows].filter(([, row]) => row.dataset.lat).map(([key, row]) => [key, readRow(row)])),
      prices: this.prices,
      onChange: (gone) => this.showChange(gone),
    });
    this.pins = new VehiclePins(this);
    stopMotionWithMap(this.map);
    const points = withoutOutliers([...this.vehicles.byKey.values()].map(({ lat, lon }) => [lat, lon]));
    const { hereLat, hereLon } = element.dataset;
    if (hereLat !== undefined) this.choosePoint([hereLat, hereLon]);
    if (this.chosenPoint) points.push(this.chosenPoint);
    fitPoints(this.map, element, points.length ? points : [[element.dataset.lat, element.dataset.lon]]);
    if (!this.chosenPoint) spread(this.map, element, points);
    this.pins.start();
    this.startList();
    this.listen();
    this.vehicles.load();
  }

  readRows() {
    this.rows = new Map(this.list.rows.map((row) => [row.dataset.key, row]));
    for (const line of document.querySelectorAll("[data-plan] > span:last-child")) {
      const { plan } = line.parentElement.dataset;
      if (line.closest(".price-list")) this.prices[plan] = line.textContent;
    }
  }

  listen() {
    this.map.on("autopanstart", () => (this.isAutoPan = true));
    this.map.on("moveend", () => {
      this.vehicles.schedule(MOVE_DEBOUNCE_MS);
      if (!this.isAutoPan) this.scheduleList();
      this.isAutoPan = false;
    });
    const select = ({ target }) => {
      const row = target.closest("li[data-vehicle]");
      if (row) this.pins.select(row);
    };
    for (const event of ["mouseover", "focusin"]) this.list.element.addEventListener(event, select);
    this.list.element.addEventListener("listchange", () => {
      this.readRows();
      if (this.showsNearest) this.showNearest();
      this.pins.selectOpen();
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
      keepInView(this.map, this.element, this.ownPosition.point, this.pins.openPoint);
      this.scheduleList();
    };
    this.ownPosition.onChange = () => this.pins.updateWalks();
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
    showAt(this.map, this.element, point, Math.max(this.map.getZoom(), 16));
    clearTimeout(this.listTimer);
    this.loadList();
  }

  // Where people walk from: where they are, else the point that they have chosen.
  get startOfWalk() {
    return this.ownPosition?.point ?? this.chosenPoint;
  }

  // --- the list ----------------------------------------------------------------------------

  // The list is nearest first from here: from the person whom the map follows, else from its middle.
  get listCentre() {
    return (this.ownPosition?.isFollowing && this.ownPosition.point) || visibleCentre(this.map, this.element);
  }

  // The page's list is in no order of places, and may be the first part of many vehicles.
  startList() {
    const { listIsPart } = this.element.dataset;
    const centre = visibleCentre(this.map, this.element);
    this.listView = { centre, zoom: this.map.getZoom() };
    if (!this.chosenPoint) this.list.sort((point) => this.map.distance(centre, point));
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
    showAt(this.map, this.element, this.ownPosition.point, Math.max(this.map.getZoom(), 16));
    clearTimeout(this.listTimer);
    this.showsNearest = true;
    this.loadList();
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

  // --- changes -----------------------------------------------------------------------------

  // Show what has come and changed, and what is gone.
  showChange(gone) {
    this.pins.draw({ isGentle: true });
    this.markAvailable([...this.rows].filter(([key]) => this.vehicles.byKey.has(key)));
    this.markUnavailable(gone);
  }

  // Mark the vehicles in the list and in the open pop-up, which stays until the user closes it.
  markUnavailable(vehicles) {
    for (const { key } of vehicles) {
      const row = this.rows.get(key);
      if (row && !row.classList.contains("is-unavailable")) row.querySelector(".card-content").append(this.pins.popups.createUnavailableNote());
      row?.classList.add("is-unavailable");
      this.pins.updatePopup(key);
    }
  }

  markAvailable(rows) {
    for (const [, row] of rows) {
      row.classList.remove("is-unavailable");
      row.querySelector(".card-unavailable")?.remove();
    }
  }
}

export function startLiveMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-live-url]").forEach((element) => new LiveMap(element));
}
