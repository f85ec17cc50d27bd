// Maps with Leaflet. They work without tiles. The map of the search page (live_map.js) follows changes;
// the others show exactly what the page contains.
import { MapLabels } from "./map_labels.js";
import { drawPath } from "./ride_path.js";
import { HALF_HEIGHT } from "./sheet.js";
import { drawZones } from "./zone_layer.js";

const ICONS_URL = new URL("../img/icons.svg", import.meta.url);

export function createMap(element, lat, lon, zoom) {
  const map = L.map(element, { zoomControl: false, attributionControl: true }).setView([lat, lon], zoom);
  map.attributionControl.setPrefix(false);
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "topleft" }).addTo(map);
  const labels = new MapLabels(map, element);
  if (element.dataset.tileUrl) {
    const tiles = L.tileLayer(element.dataset.tileUrl, { attribution: element.dataset.attribution, maxZoom: 19 });
    labels.showWithout(tiles.addTo(map));
  } else labels.show();
  drawZones(map, element).then(() => labels.draw());
  return map;
}

export function createPointMarker(lat, lon, hollow = false) {
  const className = hollow ? "point-marker point-marker-hollow" : "point-marker";
  const icon = L.divIcon({ className, iconSize: [20, 20] });
  return L.marker([lat, lon], { icon, keyboard: false, interactive: false });
}

export function createPinIcon(vehicle) {
  const modifier = (vehicle.state === "available" ? "" : " pin-unavailable") + (vehicle.low ? " pin-low" : "");
  return L.divIcon({
    className: "",
    html: `<span class="pin${modifier}"><svg class="icon" aria-hidden="true"><use href="${ICONS_URL}#${vehicle.icon}"></use></svg></span>`,
    iconSize: [36, 36],
    iconAnchor: [18, 42],
    popupAnchor: [0, -36],
  });
}

export function selectVehicle(row, marker) {
  document.querySelectorAll(".is-selected").forEach((other) => other.classList.remove("is-selected"));
  document.querySelectorAll(".pin-selected").forEach((other) => other.classList.remove("pin-selected"));
  row.classList.add("is-selected");
  marker.getElement().querySelector(".pin").classList.add("pin-selected");
}

export function createPopupContent(row, price) {
  const box = document.createElement("div");
  for (const part of row.querySelectorAll(".card-title, .card-detail")) box.append(part.cloneNode(true));
  box.append(Object.assign(document.createElement("p"), { className: "card-detail", textContent: price }));
  const action = row.querySelector("form") || row.querySelector(".btn");
  if (action) box.append(action.cloneNode(true));
  return box;
}

function addVehicleMarkers(map, rows) {
  return rows.map(({ dataset }) => {
    const point = [dataset.lat, dataset.lon];
    L.marker(point, { icon: createPinIcon(dataset), title: dataset.name, keyboard: false }).addTo(map);
    return point;
  });
}

function drawMap(element) {
  const { lat, lon, fromLat, fromLon } = element.dataset;
  const vehicles = [...element.querySelectorAll("[data-vehicle]")];
  element.replaceChildren();
  const map = createMap(element, lat, lon, 15);
  const points = [...(fromLat ? [] : addVehicleMarkers(map, vehicles)), ...addUserPosition(map, element)];
  if (fromLat) {
    createPointMarker(fromLat, fromLon, true).addTo(map);
    createPointMarker(lat, lon).addTo(map);
    points.push([fromLat, fromLon], [lat, lon]);
    const line = L.polyline(points, { className: "route", dashArray: "2 8", weight: 4 }).addTo(map);
    if (element.dataset.pathUrl) drawPath(map, element.dataset.pathUrl, line);
  }
  fitPoints(map, element, points);
  keepSizeInPrint(element);
}

// Leaflet lays out a map for its size on the screen; on paper another size would cut it.
function keepSizeInPrint(element) {
  window.addEventListener("beforeprint", () => (element.style.width = `${element.offsetWidth}px`));
  window.addEventListener("afterprint", () => (element.style.width = ""));
}

// Mark the user's position, if the page contains it; return it as a list of one point, or none.
export function addUserPosition(map, element) {
  const { hereLat, hereLon } = element.dataset;
  if (!hereLat) return [];
  createPointMarker(hereLat, hereLon).addTo(map);
  return [[hereLat, hereLon]];
}

export function fitPoints(map, element, points, options = { animate: false }) {
  if (!points.length) return;
  const hasKey = element.parentElement.querySelector(".zones-key");
  const bottom = (hasKey ? 56 : 24) + coveredHeight(element);
  map.fitBounds(points, { paddingTopLeft: [24, 48], paddingBottomRight: [24, bottom], maxZoom: 16, ...options });
}

// How many pixels of the search page's map are covered by the sheet, on a narrow screen. All of it is
// covered only while people look at the list: then it counts as half.
export function coveredHeight(element) {
  const sheet = element.closest("[data-sheet-layout]")?.querySelector(".sheet");
  if (!sheet) return 0;
  const [map, cover] = [element.getBoundingClientRect(), sheet.getBoundingClientRect()];
  if (cover.left >= map.right || cover.right <= map.left) return 0;
  return Math.max(0, Math.min(map.bottom - cover.top, map.height * HALF_HEIGHT));
}

export function drawMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-map]:not([data-live-url])").forEach(drawMap);
}
