// Markers that glide, appear and vanish; at once for people who want less motion. Times as in maps.css.

const MOVE_MS = 400;
const APPEAR_MS = 250;
const REDUCED_MOTION = window.matchMedia("(prefers-reduced-motion: reduce)");

export const mayAnimate = () => !REDUCED_MOTION.matches && !document.hidden;

function addClassFor(marker, className, timeMs) {
  const { classList } = marker.getElement();
  classList.add(className);
  setTimeout(() => classList.remove(className), timeMs);
}

export function moveMarker(marker, point) {
  if (mayAnimate()) addClassFor(marker, "is-moving", MOVE_MS);
  marker.setLatLng(point);
}

export function showMarker(marker) {
  if (mayAnimate()) addClassFor(marker, "is-appearing", APPEAR_MS);
}

export function removeMarker(marker) {
  if (!mayAnimate()) return marker.remove();
  const element = marker.getElement();
  element.classList.add("is-vanishing");
  element.inert = true;
  setTimeout(() => marker.remove(), APPEAR_MS);
}

// Markers must not lag behind a map that zooms or jumps.
export function stopMotionWithMap(map) {
  map.on("zoomstart viewprereset", () =>
    map.getPane("markerPane").querySelectorAll(".is-moving").forEach((element) => element.classList.remove("is-moving")),
  );
}
