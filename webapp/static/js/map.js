// Maps with Leaflet. They work without tiles; the explorer's (live.js) follows what happens, the others
// show exactly what the page holds.
import { drawPath } from "./path.js";
import { drawZones } from "./zones.js";

const ICONS = new URL("../img/icons.svg", import.meta.url);

export function makeMap(element, lat, lon, zoom) {
  const map = L.map(element, { zoomControl: false, attributionControl: true }).setView([lat, lon], zoom);
  map.attributionControl.setPrefix(false);
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "topleft" }).addTo(map);
  if (element.dataset.tileUrl) {
    L.tileLayer(element.dataset.tileUrl, { attribution: element.dataset.attribution, maxZoom: 19 }).addTo(map);
  }
  drawZones(map, element);
  return map;
}

export function spot(lat, lon, hollow = false) {
  const className = hollow ? "point-marker point-marker-hollow" : "point-marker";
  const icon = L.divIcon({ className, iconSize: [20, 20] });
  return L.marker([lat, lon], { icon, keyboard: false, interactive: false });
}

export function pin(data) {
  const other = data.state === "available" ? "" : " pin-other";
  return L.divIcon({
    className: "",
    html: `<span class="pin${other}"><svg class="icon" aria-hidden="true"><use href="${ICONS}#${data.icon}"></use></svg></span>`,
    iconSize: [36, 36],
    iconAnchor: [18, 42],
    popupAnchor: [0, -36],
  });
}

export function choose(row, marker) {
  document.querySelectorAll(".is-selected").forEach((other) => other.classList.remove("is-selected"));
  document.querySelectorAll(".pin-selected").forEach((other) => other.classList.remove("pin-selected"));
  row.classList.add("is-selected");
  marker.getElement().querySelector(".pin").classList.add("pin-selected");
}

export function popup(row) {
  const box = document.createElement("div");
  for (const part of row.querySelectorAll(".card-title, .card-detail, .card-meta, .card-price")) box.append(part.cloneNode(true));
  const action = row.querySelector("form") || row.querySelector(".btn");
  if (action) box.append(action.cloneNode(true));
  return box;
}

function addVehicles(map, rows) {
  return rows.map(({ dataset }) => {
    const at = [dataset.lat, dataset.lon];
    L.marker(at, { icon: pin(dataset), title: dataset.name, keyboard: false }).addTo(map);
    return at;
  });
}

function drawMap(element) {
  const { lat, lon, fromLat, fromLon } = element.dataset;
  const held = [...element.querySelectorAll("[data-vehicle]")];
  element.replaceChildren();
  const map = makeMap(element, lat, lon, 15);
  const points = [...(fromLat ? [] : addVehicles(map, held)), ...drawHere(map, element)];
  if (fromLat) {
    spot(fromLat, fromLon, true).addTo(map);
    spot(lat, lon).addTo(map);
    points.push([fromLat, fromLon], [lat, lon]);
    const line = L.polyline(points, { className: "route", dashArray: "2 8", weight: 4 }).addTo(map);
    if (element.dataset.pathUrl) drawPath(map, element.dataset.pathUrl, line);
  }
  fit(map, element, points);
}

// Draw where one is, if the page knows it; return that point, if any.
export function drawHere(map, element) {
  const { hereLat, hereLon } = element.dataset;
  if (!hereLat) return [];
  spot(hereLat, hereLon).addTo(map);
  return [[hereLat, hereLon]];
}

export function fit(map, element, points, options = { animate: false }) {
  if (!points.length) return;
  const below = Math.max(24, covered(element));
  map.fitBounds(points, { paddingTopLeft: [32, 64], paddingBottomRight: [32, below], maxZoom: 16, ...options });
}

// How much of the explorer's map lies under the sheet, on a phone; pixels.
export function covered(element) {
  const isUnder = element.classList.contains("map-search") && window.innerWidth < 900;
  return isUnder ? window.innerHeight * 0.46 : 0;
}

export function drawMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-map]:not([data-live-url])").forEach(drawMap);
}
