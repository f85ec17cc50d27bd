// What stands on maps: pins of vehicles, and points.

const ICONS_URL = new URL("../img/icons.svg", import.meta.url);

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

// Say to screen readers what a marker is. role: a button opens a pop-up; it is no stop of the tab key, because
// there may be hundreds, and a list has the same.
export function nameMarker(marker, name, role = "button") {
  const element = marker.getElement();
  element.setAttribute("role", role);
  if (role === "button") element.tabIndex = -1;
  if (element.getAttribute("aria-label") !== name) element.setAttribute("aria-label", name);
}
