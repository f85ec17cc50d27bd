// Maps that show exactly what the page contains. That of the search page (live_map.js) follows changes.
import { createMap, fitPoints } from "./map.js";
import { createPinIcon, createPointMarker, nameMarker } from "./pins.js";
import { drawPath } from "./path_line.js";

function addVehicleMarkers(map, rows) {
  return rows.map(({ dataset }) => {
    const point = [dataset.lat, dataset.lon];
    const marker = L.marker(point, { icon: createPinIcon(dataset), title: dataset.name, keyboard: false }).addTo(map);
    nameMarker(marker, dataset.name, "img");
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
  if ("walkTexts" in element.dataset) offerWalk(map, element, [lat, lon]);
}

// The script of the own position comes when somebody asks for it.
function offerWalk(map, element, destination) {
  const button = element.parentElement.querySelector("[data-locate]");
  button.hidden = !navigator.geolocation;
  const start = async () => {
    try {
      await import("./walk.js");
      element.dispatchEvent(new CustomEvent("walkrequest", { bubbles: true, detail: { map, destination } }));
    } catch {
      button.addEventListener("click", start, { once: true }); // no network: the next press tries again
    }
  };
  button.addEventListener("click", start, { once: true });
}

// Leaflet lays out a map for its size on the screen; on paper another size would cut it.
function keepSizeInPrint(element) {
  window.addEventListener("beforeprint", () => (element.style.width = `${element.offsetWidth}px`));
  window.addEventListener("afterprint", () => (element.style.width = ""));
}

// Mark the user's position, if the page contains it; return it as a list of one point, or none.
function addUserPosition(map, element) {
  const { hereLat, hereLon } = element.dataset;
  if (!hereLat) return [];
  createPointMarker(hereLat, hereLon).addTo(map);
  return [[hereLat, hereLon]];
}

export function drawMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-map]:not([data-live-url])").forEach(drawMap);
}
