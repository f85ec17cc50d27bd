// The pages of staff about zones: drawing one, and its versions. Loaded by main.js where it is needed.
import { createMap } from "./map.js";
import { startZoneEditors } from "./zone_editor.js";

function drawAreaMap(element) {
  const { lat, lon, area, areaBefore } = element.dataset;
  element.replaceChildren();
  const map = createMap(element, lat, lon, 14);
  const addArea = (coordinates, className) =>
    L.geoJSON({ type: "MultiPolygon", coordinates: JSON.parse(coordinates) }, { className, weight: 3, interactive: false }).addTo(map);
  const layers = areaBefore ? [addArea(areaBefore, "area-shape area-shape-before")] : [];
  layers.push(addArea(area, "area-shape"));
  const bounds = L.featureGroup(layers).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 18, animate: false });
}

if (typeof L !== "undefined") {
  document.querySelectorAll("[data-area-map]").forEach(drawAreaMap);
  startZoneEditors();
}
