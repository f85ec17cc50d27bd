// The zones of a city, drawn below everything else on its maps, with a legend.
// If they cannot be loaded, the maps work without them: the page links to the rules as text.

const SVG = "http://www.w3.org/2000/svg";
const HATCHED_KINDS = ["no_parking", "no_ride"];
const MIN_MARKER_ZOOM = 13; // markers would cover the city when all of it is visible

const className = (kind) => `zone-${kind.replace("_", "-")}`;

function createSvg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Hatching, so that colour is not the only distinction.
export function addHatchPatterns() {
  if (document.getElementById("zone-no-parking")) return;
  const patterns = HATCHED_KINDS.map((kind, index) =>
    createSvg(
      "pattern",
      { id: className(kind), width: 10, height: 10, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${45 + 90 * index})` },
      createSvg("rect", { width: 10, height: 10, class: `${className(kind)} zone-background` }),
      createSvg("path", { d: "M0 0V10", class: `${className(kind)} zone-stripe` }),
    ),
  );
  document.body.append(createSvg("svg", { class: "zone-patterns", "aria-hidden": "true" }, createSvg("defs", {}, ...patterns)));
}

function createTooltip({ words }) {
  const box = document.createElement("div");
  for (const line of words) box.append(Object.assign(document.createElement("p"), { textContent: line }));
  return box;
}

function createZoneMarker({ kind, speed, at }) {
  const text = { no_parking: "P", slow: speed || "" }[kind] ?? "";
  const icon = L.divIcon({ className: `zone-marker ${className(kind)}`, html: `<span>${text}</span>`, iconSize: [24, 24] });
  return L.marker(at, { icon, pane: "zones", keyboard: false, interactive: false });
}

export function zoneStyle({ properties: { kind } }) {
  const fillColor = HATCHED_KINDS.includes(kind) ? `url(#${className(kind)})` : undefined;
  const fillOpacity = { service_area: 0, slow: 0.15, other: 0.1 }[kind] ?? 1;
  return { pane: "zones", className: `zone ${className(kind)}`, weight: 2, fillColor, fillOpacity };
}

function addZoneLayers(map, { outside, zones }) {
  const pane = map.createPane("zones");
  pane.style.zIndex = 350;
  pane.setAttribute("aria-hidden", "true"); // a link beside the map leads to the zones in words
  if (outside) {
    const outsideStyle = { pane: "zones", className: "zone-outside", stroke: false, fillOpacity: 1, interactive: false };
    L.geoJSON(outside, outsideStyle).addTo(map);
  }
  const isServiceArea = ({ properties }) => properties.kind === "service_area";
  const serviceAreas = L.geoJSON(zones, { pane: "zones", style: zoneStyle, filter: isServiceArea, interactive: false });
  const others = L.geoJSON(zones, {
    pane: "zones",
    style: zoneStyle,
    filter: (zone) => !isServiceArea(zone),
    onEachFeature: ({ properties }, shape) => {
      shape.bindTooltip(createTooltip(properties), { sticky: true });
      // Its tooltip would make it a stop of the keyboard without a name; the page of zones has all of it in words.
      shape.on("add", () => shape.getElement().setAttribute("tabindex", "-1"));
      createZoneMarker(properties).addTo(map);
    },
  });
  serviceAreas.addTo(map);
  others.addTo(map);
  const updateMarkers = () => pane.classList.toggle("zones-zoomed-out", map.getZoom() < MIN_MARKER_ZOOM);
  map.on("zoomend", updateMarkers);
  updateMarkers();
  return serviceAreas.getBounds().extend(others.getBounds());
}

function renderLegend(legend) {
  const container = document.querySelector("[data-zones-legend]");
  if (!container || container.hasChildNodes()) return;
  const list = document.createElement("ul");
  for (const { kind, label, rule } of legend) {
    const item = document.createElement("li");
    const swatch = Object.assign(document.createElement("span"), { className: `zone-marker ${className(kind)}` });
    swatch.setAttribute("aria-hidden", "true");
    swatch.append(Object.assign(document.createElement("span"), { textContent: kind === "no_parking" ? "P" : "" }));
    const name = Object.assign(document.createElement("strong"), { textContent: label });
    const text = document.createElement("span");
    text.append(name, ` ${rule}`);
    item.append(swatch, text);
    list.append(item);
  }
  container.append(list);
}

// Load the zones from the URL in data-zones-url, if there is one, and draw them.
export async function drawZones(map, { dataset }) {
  if (!dataset.zonesUrl) return;
  const response = await fetch(dataset.zonesUrl).catch(() => null);
  if (!response?.ok) return;
  const layer = await response.json();
  addHatchPatterns();
  const bounds = addZoneLayers(map, layer);
  renderLegend(layer.legend);
  if ("fitZones" in dataset && layer.zones.length) map.fitBounds(bounds, { padding: [16, 16] });
}
