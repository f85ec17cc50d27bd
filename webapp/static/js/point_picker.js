// A map on which a tap fills the lat and lon of a form. Without JavaScript they are typed.
import { locate } from "./geolocation.js";
import { createMap, createPointMarker } from "./map.js";

function enhancePointPicker(picker) {
  const inputs = { lat: picker.querySelector("[name=lat]"), lon: picker.querySelector("[name=lon]") };
  const element = picker.querySelector("[data-picker-map]");
  element.dataset.tileUrl = picker.dataset.tileUrl;
  element.dataset.attribution = picker.dataset.attribution;
  if (picker.dataset.zonesUrl) element.dataset.zonesUrl = picker.dataset.zonesUrl;
  element.hidden = false;
  picker.querySelector("[data-picker-bar]").hidden = false;

  const { lat, lon, startLat, startLon } = picker.dataset;
  const map = createMap(element, inputs.lat.value || startLat || lat, inputs.lon.value || startLon || lon, 16);
  let marker = null;
  const { nearestLat, nearestLon } = picker.dataset; // the nearest point where parking is allowed
  if (nearestLat) createPointMarker(nearestLat, nearestLon, true).addTo(map);

  function showMarker(point, move) {
    if (marker) marker.remove();
    marker = createPointMarker(point.lat, point.lng).addTo(map);
    if (move) map.setView(point, Math.max(map.getZoom(), 16));
  }

  // A list beside the map, whose choice counts instead of the point.
  const list = picker.closest("form").querySelector("[data-replaces-point]");
  list?.addEventListener("change", () => {
    if (!list.value) return;
    inputs.lat.value = inputs.lon.value = "";
    marker?.remove();
  });

  function setPoint(point, move = false) {
    if (list) list.value = "";
    inputs.lat.value = point.lat.toFixed(6);
    inputs.lon.value = point.lng.toFixed(6);
    showMarker(point, move);
  }

  function showTypedPoint() {
    const point = { lat: Number(inputs.lat.value), lng: Number(inputs.lon.value) };
    const isComplete = inputs.lat.value !== "" && inputs.lon.value !== "";
    if (isComplete && Math.abs(point.lat) <= 90 && Math.abs(point.lng) <= 180) showMarker(point, true);
  }

  function takeTypedPoint() {
    if (list) list.value = "";
    showTypedPoint();
  }

  map.on("click", (event) => setPoint(event.latlng.wrap()));
  inputs.lat.addEventListener("change", takeTypedPoint);
  inputs.lon.addEventListener("change", takeTypedPoint);
  showTypedPoint();
  const button = picker.querySelector("[data-locate]");
  button.hidden = !navigator.geolocation;
  button.addEventListener("click", () => locate(button, (lat, lng) => setPoint({ lat, lng }, true)));
}

export function enhancePointPickers() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-picker]").forEach(enhancePointPicker);
}
