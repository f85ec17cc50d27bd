// Names on a map whose tiles do not load: of the city, of saved places, of zones and of the streets
// where vehicles stand. A note says why there is no more. All of it goes when a tile loads.

const MAX_LABELS = 40;
const GAP_PX = 2;
// Where a name may stand: on its point, below, above, and right and left of a pin.
const OFFSETS_PX = [[0, 0], [0, 14], [0, 36], [0, -54], [24, -20], [-24, -20]];

const overlaps = (a, b) => Math.abs(a.x - b.x) < a.halfWidth + b.halfWidth && Math.abs(a.y - b.y) < a.halfHeight + b.halfHeight;

// "12 Main Street" and "Hauptstraße 12b" without the number of the house.
const streetName = (address) => address.replace(/^\d+\S*\s+|\s+\d+\s?\w?$/g, "").split(",")[0].trim();

export class MapLabels {
  constructor(map, element) {
    this.map = map;
    this.element = element;
    this.markers = [];
    map.on("moveend pinschange", () => this.draw());
    document.addEventListener("listchange", () => this.draw(), { capture: true });
  }

  showWithout(tiles) {
    let hasTiles = false;
    tiles.on("tileload", () => {
      hasTiles = true;
      this.hide();
    });
    tiles.on("tileerror", () => hasTiles || this.show());
  }

  show() {
    if (this.note) return;
    this.map.createPane("labels").style.zIndex = 450;
    this.note = L.control({ position: this.element.classList.contains("map-search") ? "topleft" : "bottomleft" });
    const { noTilesMessage } = this.element.dataset;
    this.note.onAdd = () => Object.assign(document.createElement("p"), { className: "map-note", textContent: noTilesMessage });
    this.note.addTo(this.map);
    this.draw();
  }

  hide() {
    this.note?.remove();
    this.note = null;
    this.draw();
  }

  draw() {
    this.markers.forEach((marker) => marker.remove());
    this.markers = [];
    if (!this.note) return;
    const taken = this.pinBoxes();
    const used = new Set();
    for (const { text, at, kind } of this.names()) {
      if (this.markers.length >= MAX_LABELS) return;
      if (used.has(text) || !this.map.getBounds().contains(at)) continue;
      const { x, y } = this.map.latLngToContainerPoint(at);
      const halfWidth = text.length * 3.5 + GAP_PX;
      const boxes = OFFSETS_PX.map(([dx, dy]) => ({ x: x + dx + Math.sign(dx) * halfWidth, y: y + dy, halfWidth, halfHeight: 8 + GAP_PX }));
      const box = boxes.find((each) => taken.every((other) => !overlaps(other, each)));
      if (!box) continue;
      used.add(text);
      taken.push(box);
      this.addLabel(this.map.containerPointToLatLng([box.x, box.y]), text, kind);
    }
  }

  addLabel(at, text, kind) {
    const html = Object.assign(document.createElement("span"), { textContent: text });
    const icon = L.divIcon({ className: `map-label map-label-${kind}`, html, iconSize: null });
    this.markers.push(L.marker(at, { icon, pane: "labels", keyboard: false, interactive: false }).addTo(this.map));
  }

  pinBoxes() {
    const boxes = [];
    this.map.eachLayer((layer) => {
      if (!(layer instanceof L.Marker)) return;
      const { x, y } = this.map.latLngToContainerPoint(layer.getLatLng());
      const isPin = layer.options.icon.options.iconAnchor; // the others are around their point
      boxes.push({ x, y: isPin ? y - 20 : y, halfWidth: 20, halfHeight: 22 });
    });
    return boxes;
  }

  // The names that the page knows, the most important first.
  names() {
    const places = JSON.parse(this.element.dataset.places ?? "[]").map(([text, lat, lon]) => ({ text, at: [lat, lon], kind: "place" }));
    return [...places, ...this.zoneNames(), ...this.streetNames()];
  }

  zoneNames() {
    const names = [];
    this.map.eachLayer(({ feature }) => {
      const { words, at } = feature?.properties ?? {};
      const name = words?.[0]?.split(": ").at(-1);
      if (name && at) names.push({ text: name, at: [at[0], at[1]], kind: "zone" });
    });
    return names;
  }

  streetNames() {
    const names = new Map();
    for (const row of document.querySelectorAll("li[data-vehicle][data-lat]")) {
      const name = streetName(row.querySelector("[data-address]")?.textContent ?? "");
      if (name && !names.has(name)) names.set(name, { text: name, at: [Number(row.dataset.lat), Number(row.dataset.lon)], kind: "street" });
    }
    return [...names.values()];
  }
}
