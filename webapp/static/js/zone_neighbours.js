// The zones around the one that is drawn: shown below it, and points snap to their corners and edges.
import { addHatchPatterns, zoneStyle } from "./zone_layer.js";

const SNAP_PX = 12;

export class Neighbours {
  constructor(map, url) {
    this.map = map;
    this.url = url;
    this.rings = [];
    this.layer = L.layerGroup().addTo(map);
    const pane = map.createPane("zones");
    pane.style.zIndex = 350;
    addHatchPatterns();
    map.on("moveend", () => this.load());
    this.load();
  }

  // Load the zones of what is seen and a bit around it, unless they are here.
  async load() {
    const bounds = this.map.getBounds();
    if (this.bounds?.contains(bounds)) return;
    const wanted = bounds.pad(0.5);
    this.bounds = wanted;
    const box = [wanted.getSouth(), wanted.getWest(), wanted.getNorth(), wanted.getEast()];
    const separator = this.url.includes("?") ? "&" : "?";
    const response = await fetch(`${this.url}${separator}bbox=${box.map((each) => each.toFixed(5))}`).catch(() => null);
    if (!response?.ok || this.bounds !== wanted) return;
    this.show((await response.json()).zones);
  }

  show(zones) {
    this.layer.clearLayers();
    this.layer.addLayer(L.geoJSON(zones, { pane: "zones", style: zoneStyle, interactive: false }));
    this.rings = zones.flatMap(({ geometry }) => geometry.coordinates.flat());
  }

  // Return the corner of a zone near a point, else the nearest place on an edge, else the point.
  snap(latlng) {
    const cursor = this.map.latLngToContainerPoint(latlng);
    const toPoint = ([lon, lat]) => this.map.latLngToContainerPoint([lat, lon]);
    const reach = this.reachAround(cursor);
    const edges = this.rings.flatMap((ring) =>
      ring.slice(1).flatMap((end, index) => (reach.intersects(L.latLngBounds([flip(ring[index]), flip(end)])) ? [[ring[index], end]] : [])),
    );
    const corner = nearest(cursor, edges.flat(), toPoint);
    if (corner) return L.latLng(flip(corner));
    const places = edges.map(([start, end]) => L.LineUtil.closestPointOnSegment(cursor, toPoint(start), toPoint(end)));
    const place = nearest(cursor, places, (point) => point);
    return place ? this.map.containerPointToLatLng(place) : latlng;
  }

  reachAround(cursor) {
    const corners = [-SNAP_PX, SNAP_PX].map((by) => this.map.containerPointToLatLng(cursor.add([by, by])));
    return L.latLngBounds(corners);
  }
}

const flip = ([lon, lat]) => [lat, lon];

function nearest(cursor, candidates, toPoint) {
  let found = null;
  let distance = SNAP_PX;
  for (const each of candidates) {
    const there = cursor.distanceTo(toPoint(each));
    if (there <= distance) [found, distance] = [each, there];
  }
  return found;
}
