// A map that fills the two numbers of a form's point. Without it they are typed.
import { locate } from "./location.js";
import { makeMap, spot } from "./map.js";

function enhance(picker) {
  const inputs = { lat: picker.querySelector("[name=lat]"), lon: picker.querySelector("[name=lon]") };
  const element = picker.querySelector("[data-picker-map]");
  element.dataset.tileUrl = picker.dataset.tileUrl;
  element.dataset.attribution = picker.dataset.attribution;
  if (picker.dataset.zonesUrl) element.dataset.zonesUrl = picker.dataset.zonesUrl;
  element.hidden = false;
  picker.querySelector("[data-picker-bar]").hidden = false;

  const { lat, lon, startLat, startLon } = picker.dataset;
  const map = makeMap(element, inputs.lat.value || startLat || lat, inputs.lon.value || startLon || lon, 16);
  let marker = null;
  const { nearestLat, nearestLon } = picker.dataset;
  if (nearestLat) spot(nearestLat, nearestLon, true).addTo(map); // where it would be fine

  function show(at, move) {
    if (marker) marker.remove();
    marker = spot(at.lat, at.lng).addTo(map);
    if (move) map.setView(at, Math.max(map.getZoom(), 16));
  }

  function set(at, move = false) {
    inputs.lat.value = at.lat.toFixed(6);
    inputs.lon.value = at.lng.toFixed(6);
    show(at, move);
  }

  function typed() {
    const at = { lat: Number(inputs.lat.value), lng: Number(inputs.lon.value) };
    const complete = inputs.lat.value !== "" && inputs.lon.value !== "";
    if (complete && Math.abs(at.lat) <= 90 && Math.abs(at.lng) <= 180) show(at, true);
  }

  map.on("click", (event) => set(event.latlng.wrap()));
  inputs.lat.addEventListener("change", typed);
  inputs.lon.addEventListener("change", typed);
  typed();
  const button = picker.querySelector("[data-locate]");
  button.hidden = !navigator.geolocation;
  button.addEventListener("click", () => locate(button, (la, lo) => set({ lat: la, lng: lo }, true)));
}

export function enhancePickers() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-picker]").forEach(enhance);
}
