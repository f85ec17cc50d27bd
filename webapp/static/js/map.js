// Maps with Leaflet. They show exactly the vehicles of the page's list, and work without tiles.

const ICONS = new URL("../img/icons.svg", import.meta.url);

export function makeMap(element, lat, lon, zoom) {
  const map = L.map(element, { zoomControl: false, attributionControl: true }).setView([lat, lon], zoom);
  map.attributionControl.setPrefix(false);
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "topleft" }).addTo(map);
  if (element.dataset.tiles) {
    L.tileLayer(element.dataset.tiles, { attribution: element.dataset.attribution, maxZoom: 19 }).addTo(map);
  }
  return map;
}

export function spot(lat, lon, hollow = false) {
  const className = hollow ? "spot spot-hollow" : "spot";
  const icon = L.divIcon({ className, iconSize: [20, 20] });
  return L.marker([lat, lon], { icon, keyboard: false, interactive: false });
}

function pin(data) {
  const other = data.state === "available" ? "" : " pin-other";
  return L.divIcon({
    className: "",
    html: `<span class="pin${other}"><svg class="icon" aria-hidden="true"><use href="${ICONS}#${data.icon}"></use></svg></span>`,
    iconSize: [36, 36],
    iconAnchor: [18, 42],
    popupAnchor: [0, -36],
  });
}

function choose(row, marker) {
  document.querySelectorAll(".is-chosen").forEach((other) => other.classList.remove("is-chosen"));
  document.querySelectorAll(".pin-chosen").forEach((other) => other.classList.remove("pin-chosen"));
  row.classList.add("is-chosen");
  marker.getElement().querySelector(".pin").classList.add("pin-chosen");
}

function popup(row) {
  const box = document.createElement("div");
  const link = row.querySelector(".card-title");
  if (!link) return null;
  box.append(link.cloneNode(true));
  const place = row.querySelector(".card-place");
  if (place) box.append(place.cloneNode(true));
  const action = row.querySelector("form") || row.querySelector(".btn");
  if (action) box.append(action.cloneNode(true));
  return box;
}

function addVehicles(map, rows) {
  const points = [];
  for (const row of rows) {
    const { lat, lon, name } = row.dataset;
    if (lat === undefined) continue;
    const marker = L.marker([lat, lon], { icon: pin(row.dataset), title: name, alt: name }).addTo(map);
    const content = popup(row);
    if (content) {
      marker.bindPopup(content, { autoPanPaddingTopLeft: [16, 72], autoPanPaddingBottomRight: [16, 16] });
      marker.on("popupopen", () => choose(row, marker));
      row.addEventListener("mouseenter", () => choose(row, marker));
    }
    points.push([lat, lon]);
  }
  return points;
}

function drawMap(element) {
  const { lat, lon, hereLat, hereLon, fromLat, fromLon } = element.dataset;
  const rows = element.querySelector("[data-vehicle]") ? element.querySelectorAll("[data-vehicle]") : document.querySelectorAll("li[data-vehicle]");
  const held = [...rows];
  element.replaceChildren();
  const map = makeMap(element, lat, lon, 15);
  const points = fromLat ? [] : addVehicles(map, held);
  if (hereLat) {
    spot(hereLat, hereLon).addTo(map);
    points.push([hereLat, hereLon]);
  }
  if (fromLat) {
    spot(fromLat, fromLon, true).addTo(map);
    spot(lat, lon).addTo(map);
    points.push([fromLat, fromLon], [lat, lon]);
    L.polyline(points, { className: "route", dashArray: "2 8", weight: 4 }).addTo(map);
  }
  if (points.length) fit(map, element, points);
}

function fit(map, element, points) {
  // On a phone the sheet lies over the lower part of the explorer's map.
  const covered = element.classList.contains("map-explorer") && window.innerWidth < 900;
  const below = covered ? window.innerHeight * 0.46 : 24;
  map.fitBounds(points, { paddingTopLeft: [32, 64], paddingBottomRight: [32, below], maxZoom: 16 });
}

export function drawMaps() {
  if (typeof L === "undefined") return;
  document.querySelectorAll("[data-map]").forEach(drawMap);
}
