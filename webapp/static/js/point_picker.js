// A map on which a tap fills the lat and lon of a form. Without JavaScript they are typed.
import { mayLocate } from "./geolocation.js";
import { createMap } from "./map.js";
import { createPointMarker } from "./pins.js";

const MAP_SETTINGS = ["mapTexts", "tileUrl", "attribution", "noTilesMessage", "places", "zonesUrl"];
const MAX_FIX_AGE_MS = 15000; // an older position is read again before it is sent
const OPTIONS = { enableHighAccuracy: true, timeout: 10000, maximumAge: 5000 };

class PointPicker {
  constructor(picker) {
    this.picker = picker;
    this.form = picker.closest("form");
    this.inputs = { lat: picker.querySelector("[name=lat]"), lon: picker.querySelector("[name=lon]") };
    this.list = this.form.querySelector("[data-replaces-point]"); // its choice counts instead of the point
    this.button = picker.querySelector("[data-locate]");
    this.status = picker.querySelector("[data-locate-status]");
    this.map = this.createMap();
    this.showTypedPoint();
    this.showNearest();
    this.listen();
  }

  createMap() {
    const { picker } = this;
    const element = picker.querySelector("[data-picker-map]");
    for (const name of MAP_SETTINGS) if (name in picker.dataset) element.dataset[name] = picker.dataset[name];
    element.hidden = false;
    picker.querySelector("[data-picker-bar]").hidden = false;
    const { lat, lon, startLat, startLon } = picker.dataset;
    return createMap(element, this.inputs.lat.value || startLat || lat, this.inputs.lon.value || startLon || lon, 16);
  }

  listen() {
    this.map.on("click", (event) => this.setPoint(event.latlng.wrap()));
    for (const input of Object.values(this.inputs)) {
      input.addEventListener("change", () => {
        this.forgetDevice();
        if (this.list) this.list.value = "";
        this.showTypedPoint();
        this.clearErrors();
      });
    }
    this.list?.addEventListener("change", () => {
      this.clearErrors();
      if (!this.list.value) return;
      this.forgetDevice();
      this.clearPoint();
    });
    this.button.hidden = !navigator.geolocation;
    this.button.addEventListener("click", () => this.followDevice());
    if (!("followsDevice" in this.picker.dataset)) return;
    this.form.addEventListener("submit", (event) => this.beforeSubmit(event), { capture: true });
    if (!this.inputs.lat.value && !this.list?.value) mayLocate().then((mayTell) => mayTell && this.followDevice());
  }

  // --- points ------------------------------------------------------------------------------

  setPoint(point) {
    this.forgetDevice();
    this.fill(point);
  }

  fill(point, move = false) {
    if (this.list) this.list.value = "";
    this.inputs.lat.value = point.lat.toFixed(6);
    this.inputs.lon.value = point.lng.toFixed(6);
    this.showMarker(point, move);
    this.clearErrors();
  }

  clearPoint() {
    this.inputs.lat.value = this.inputs.lon.value = "";
    this.marker?.remove();
  }

  showMarker(point, move) {
    this.marker?.remove();
    this.marker = createPointMarker(point.lat, point.lng).addTo(this.map);
    if (move) this.map.setView(point, Math.max(this.map.getZoom(), 16));
  }

  showTypedPoint() {
    const { lat, lon } = this.inputs;
    const point = { lat: Number(lat.value), lng: Number(lon.value) };
    const isComplete = lat.value !== "" && lon.value !== "";
    if (isComplete && Math.abs(point.lat) <= 90 && Math.abs(point.lng) <= 180) this.showMarker(point, true);
  }

  // The nearest place where parking is allowed, and the one that was refused, both in view.
  showNearest() {
    const { nearestLat, nearestLon } = this.picker.dataset;
    if (!nearestLat) return;
    const nearest = createPointMarker(nearestLat, nearestLon, true).addTo(this.map);
    const points = [nearest.getLatLng(), this.marker?.getLatLng() ?? this.map.getCenter()];
    this.map.fitBounds(points, { padding: [48, 48], maxZoom: 18, animate: false });
  }

  // An error goes when its cause does: it was about another point.
  clearErrors() {
    this.form.parentElement.querySelector("[data-point-errors]")?.replaceChildren();
    for (const input of Object.values(this.inputs)) input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // --- the device --------------------------------------------------------------------------

  // Fill in the position of the device; on the page of a ride also while it moves, until another
  // point is chosen.
  followDevice() {
    this.forgetDevice();
    this.button.disabled = true;
    let isFirst = true;
    const onFix = ({ coords, timestamp }) => {
      this.button.disabled = false;
      this.fixedAt = timestamp;
      this.status.textContent = this.button.dataset.foundMessage ?? "";
      const point = { lat: coords.latitude, lng: coords.longitude };
      if (isFirst || this.map.distance(point, this.marker.getLatLng()) > 1) this.fill(point, isFirst);
      isFirst = false;
    };
    const onError = () => isFirst && this.onDenied(); // later, beforeSubmit finds the last one too old
    if ("followsDevice" in this.picker.dataset) this.watch = navigator.geolocation.watchPosition(onFix, onError, OPTIONS);
    else navigator.geolocation.getCurrentPosition(onFix, onError, OPTIONS);
  }

  forgetDevice() {
    if (this.watch !== undefined) navigator.geolocation.clearWatch(this.watch);
    this.watch = undefined;
    this.status.textContent = "";
  }

  onDenied() {
    this.button.disabled = false;
    this.forgetDevice();
    this.status.textContent = this.button.dataset.deniedMessage;
  }

  // A phone that was asleep has an old position: it is where the ride was then.
  beforeSubmit(event) {
    if (this.watch === undefined || Date.now() - this.fixedAt < MAX_FIX_AGE_MS) return;
    event.preventDefault();
    event.stopPropagation();
    const { submitter } = event;
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        this.fixedAt = timestamp;
        this.fill({ lat: coords.latitude, lng: coords.longitude }, true);
        this.forgetDevice();
        // The button that agreed to a fee may have gone with the error about the old point.
        this.form.requestSubmit(submitter?.isConnected ? submitter : undefined);
      },
      () => {
        this.clearPoint();
        this.onDenied();
      },
      { ...OPTIONS, maximumAge: 0 },
    );
  }
}

export function enhancePointPickers() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-picker]").forEach((picker) => new PointPicker(picker));
}
