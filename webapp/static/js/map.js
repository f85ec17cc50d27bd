// Maps with Leaflet. They work without tiles.
import { addControls } from "./map_controls.js";
import { MapLabels } from "./map_labels.js";
import { HALF_HEIGHT } from "./sheet.js";
import { drawZones } from "./zone_layer.js";

export function createMap(element, lat, lon, zoom) {
  const map = L.map(element, { zoomControl: false, attributionControl: true }).setView([lat, lon], zoom);
  map.attributionControl.setPrefix(false);
  addControls(map, JSON.parse(element.dataset.mapTexts));
  const labels = new MapLabels(map, element);
  if (element.dataset.tileUrl) {
    const tiles = L.tileLayer(element.dataset.tileUrl, { attribution: element.dataset.attribution, maxZoom: 19 });
    labels.showWithout(tiles.addTo(map));
  } else labels.show();
  drawZones(map, element).then(() => labels.draw());
  return map;
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
