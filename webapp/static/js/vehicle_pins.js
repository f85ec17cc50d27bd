// The pins of the vehicles on the live map, with their pop-ups. Those that are close together are drawn as one
// group with their number. Keyboard users reach the vehicles through the list, so single pins are not in the tab
// order; screen readers find them by name.
import { LiveMarkers } from "./live_markers.js";
import { coveredHeight, fitPoints } from "./map.js";
import { uncover } from "./map_view.js";
import { createPinIcon, nameMarker } from "./pins.js";
import { format } from "./texts.js";
import { groupByDistance } from "./vehicle_groups.js";
import { createPopupContent, VehiclePopups } from "./vehicle_popups.js";
import { WalkHint } from "./walk_hint.js";

const MAX_GROUP_ZOOM = 18; // at this zoom a group opens as a list instead of zooming in

function selectVehicle(row, marker) {
  document.querySelectorAll(".is-selected").forEach((other) => other.classList.remove("is-selected"));
  document.querySelectorAll(".pin-selected").forEach((other) => other.classList.remove("pin-selected"));
  row.classList.add("is-selected");
  marker.getElement().querySelector(".pin").classList.add("pin-selected");
}

export class VehiclePins {
  // liveMap: it has the vehicles, the rows of the list, prices, and where people walk from.
  constructor(liveMap) {
    const { map, element, texts } = liveMap;
    Object.assign(this, { liveMap, map, element, texts, openPopup: null });
    this.popups = new VehiclePopups(element, liveMap);
    this.walkHint = new WalkHint(map, liveMap.walkTexts, liveMap.units);
    this.markers = new LiveMarkers(map, {
      pin: { create: (item) => this.createPin(item), change: (...change) => this.changePin(...change) },
      group: { create: (item) => this.createGroup(item), change: (...change) => this.changeGroup(...change) },
    });
  }

  // Draw, and again when the map shows another scale.
  start() {
    this.draw();
    this.map.on("zoomend", () => this.draw());
    this.map.on("popupclose", () => {
      this.openPopup = null;
      this.draw();
    });
  }

  // Where the vehicle with the open pop-up is.
  get openPoint() {
    return this.openPopup?.marker.getLatLng();
  }

  // Mark the vehicle of a row of the list, and its pin.
  select(row) {
    const marker = this.markers.get(row.dataset.key);
    if (marker && !row.classList.contains("is-selected")) selectVehicle(row, marker);
  }

  // Mark the vehicle with the open pop-up.
  selectOpen() {
    const row = this.openPopup && this.liveMap.rows.get(this.openPopup.key);
    if (row) selectVehicle(row, this.openPopup.marker);
  }

  // Show the open pop-up of a vehicle anew.
  updatePopup(key) {
    if (this.openPopup?.key === key) this.openPopup.marker.getPopup().update();
  }

  // Say again how far the vehicles are: the person has moved.
  updateWalks() {
    this.walkHint.update(this.liveMap.startOfWalk);
    this.markers.forEachPin((marker) => this.namePin(marker));
  }

  // isGentle: since the last time, only vehicles have changed, and not the map.
  draw({ isGentle = false } = {}) {
    const items = [...this.makeVehicleItems(), ...this.makeGroupItems()];
    this.markers.show(items, { keptId: this.openPopup?.key, isGentle });
    const chosen = this.openPopup && this.liveMap.vehicles.byKey.get(this.openPopup.key);
    if (chosen) this.walkHint.lead([chosen.lat, chosen.lon], this.liveMap.startOfWalk);
    this.map.fire("pinschange");
  }

  // --- vehicles ----------------------------------------------------------------------------

  makeVehicleItems() {
    return this.groupVehicles().map((members) => {
      const [first] = members;
      if (members.length > 1) return this.makeVehicleGroup(members);
      const { key, lat, lon, icon, state, low, name } = first;
      return { kind: "pin", key, point: [lat, lon], look: `${icon} ${state} ${low} ${name}`, vehicle: first };
    });
  }

  // Group the vehicles that are close together on the screen, in a stable order. The vehicle with the
  // open pop-up stays alone.
  groupVehicles() {
    const all = [...this.liveMap.vehicles.byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return groupByDistance(all, (point) => this.map.project(point), ({ key }) => key === this.openPopup?.key);
  }

  createPin({ key, point, vehicle }) {
    const options = { icon: createPinIcon(vehicle), title: vehicle.name, keyboard: false };
    const marker = Object.assign(L.marker(point, options).addTo(this.map), { vehicle });
    // Keep pop-ups clear of the map's buttons and of the sheet.
    const bottomRight = [72, 16 + coveredHeight(this.element)];
    const popupOptions = { autoPanPaddingTopLeft: [16, 56], autoPanPaddingBottomRight: bottomRight, maxWidth: 260 };
    marker.bindPopup(() => this.createPopup(marker.vehicle, this.liveMap.rows.get(key)), popupOptions);
    this.namePin(marker);
    marker.on("popupopen", () => {
      this.openPopup = { key, marker };
      this.selectOpen();
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
    const start = this.liveMap.startOfWalk;
    const walk = start && this.walkHint.describe(start, marker.getLatLng());
    nameMarker(marker, [vehicle.name, ...this.popups.describe(vehicle), walk].filter(Boolean).join(", "));
  }

  createPopup(vehicle, row) {
    const { prices, startOfWalk, vehicles } = this.liveMap;
    const box = row ? createPopupContent(row, prices[vehicle.plan] ?? "") : this.popups.createFacts(vehicle);
    box.firstElementChild.after(this.walkHint.create([vehicle.lat, vehicle.lon], startOfWalk));
    if (!vehicles.byKey.has(vehicle.key)) box.querySelector("form, .btn")?.replaceWith(this.popups.createUnavailableNote());
    return box;
  }

  // --- groups ------------------------------------------------------------------------------

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

  // The server does not know how large the screen is: put its groups together where they overlap.
  mergeGroups() {
    const groups = this.liveMap.vehicles.groups.map(([lat, lon, number, zoomLat, zoomLon]) => ({ lat, lon, number, zoomPoint: [zoomLat, zoomLon] }));
    groups.sort((a, b) => b.number - a.number || a.lat - b.lat);
    return groupByDistance(groups, (point) => this.map.project(point)).map((members) => ({
      ...members[0],
      number: members.reduce((sum, { number }) => sum + number, 0),
    }));
  }

  createGroup(item) {
    const icon = L.divIcon({ className: "", html: '<span class="pin-group"></span>', iconSize: [44, 44] });
    const marker = L.marker(item.point, { icon, autoPanOnFocus: false }).addTo(this.map);
    const element = marker.getElement();
    element.addEventListener("focus", () => element.matches(":focus-visible") && uncover(this.map, this.element, marker.getLatLng()));
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
