// The zones of a city, drawn under everything else on its maps, with a legend in words.
// Where they do not arrive the maps work without them: the page links to the rules in words.

const SVG = "http://www.w3.org/2000/svg";
const FORBIDDING = ["no_parking", "no_ride"];
const NEAR = 13; // marks would hide the city when all of it is seen

const className = (kind) => `zone-${kind.replace("_", "-")}`;

function make(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Hatching, so that colour is not the only sign.
function addHatching() {
  if (document.getElementById("zone-no-parking")) return;
  const patterns = FORBIDDING.map((kind, index) =>
    make(
      "pattern",
      { id: className(kind), width: 10, height: 10, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${45 + 90 * index})` },
      make("rect", { width: 10, height: 10, class: `${className(kind)} zone-background` }),
      make("path", { d: "M0 0V10", class: `${className(kind)} zone-stripe` }),
    ),
  );
  document.body.append(make("svg", { class: "zone-patterns", "aria-hidden": "true" }, make("defs", {}, ...patterns)));
}

function words({ words }) {
  const box = document.createElement("div");
  for (const line of words) box.append(Object.assign(document.createElement("p"), { textContent: line }));
  return box;
}

function mark({ kind, speed, at }) {
  const text = { no_parking: "P", slow: speed || "" }[kind] ?? "";
  const icon = L.divIcon({ className: `zone-marker ${className(kind)}`, html: `<span>${text}</span>`, iconSize: [24, 24] });
  return L.marker(at, { icon, pane: "zones", keyboard: false, interactive: false });
}

function style({ properties: { kind } }) {
  const fillColor = FORBIDDING.includes(kind) ? `url(#${className(kind)})` : undefined;
  const fillOpacity = { service_area: 0, slow: 0.15 }[kind] ?? 1;
  return { pane: "zones", className: `zone ${className(kind)}`, weight: 2, fillColor, fillOpacity };
}

function draw(map, { outside, zones }) {
  const pane = map.createPane("zones");
  pane.style.zIndex = 350;
  if (outside) {
    const none = { pane: "zones", className: "zone-outside", stroke: false, fillOpacity: 1, interactive: false };
    L.geoJSON(outside, none).addTo(map);
  }
  const isService = ({ properties }) => properties.kind === "service_area";
  const areas = L.geoJSON(zones, { pane: "zones", style, filter: isService, interactive: false });
  const others = L.geoJSON(zones, {
    pane: "zones",
    style,
    filter: (zone) => !isService(zone),
    onEachFeature: ({ properties }, shape) => {
      shape.bindTooltip(words(properties), { sticky: true });
      mark(properties).addTo(map);
    },
  });
  areas.addTo(map);
  others.addTo(map);
  const showMarks = () => pane.classList.toggle("zones-zoomed-out", map.getZoom() < NEAR);
  map.on("zoomend", showMarks);
  showMarks();
  return areas.getBounds().extend(others.getBounds());
}

function writeLegend(legend) {
  const place = document.querySelector("[data-zones-legend]");
  if (!place || place.hasChildNodes()) return;
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
  place.append(list);
}

// Draw the zones of the address in data-zones-url, if there is one.
export async function drawZones(map, { dataset }) {
  if (!dataset.zonesUrl) return;
  const answer = await fetch(dataset.zonesUrl).catch(() => null);
  if (!answer?.ok) return;
  const picture = await answer.json();
  addHatching();
  const bounds = draw(map, picture);
  writeLegend(picture.legend);
  if ("fitZones" in dataset && picture.zones.length) map.fitBounds(bounds, { padding: [16, 16] });
}
