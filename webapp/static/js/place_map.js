// The map of places: hexagons in five colours, or lines of five widths, below a legend. Keyboard users have
// the same in the table.
import { createMap, fitPoints } from "./map.js";

const FIRST_ZOOM = 12;

function drawShape([points, level, text]) {
  const className = `place place-${level}`;
  if (points.length > 2) return L.polygon(points, { className, weight: 1, fillOpacity: 1 }).bindTooltip(text);
  const isLoop = String(points[0]) === String(points[1]);
  const line = isLoop
    ? L.circle(points[0], { className: `place-line place-${level}`, radius: 250, weight: 2 * level, fill: false })
    : L.polyline(points, { className: `place-line place-${level}`, weight: 2 * level });
  return line.bindTooltip(text, { sticky: true });
}

function drawPlaces(element) {
  const shapes = JSON.parse(element.dataset.placeMap);
  element.replaceChildren();
  const map = createMap(element, element.dataset.lat, element.dataset.lon, FIRST_ZOOM);
  for (const shape of shapes) drawShape(shape).addTo(map);
  fitPoints(map, element, shapes.flatMap(([points]) => points));
}

export function drawPlaceMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-place-map]").forEach(drawPlaces);
}
