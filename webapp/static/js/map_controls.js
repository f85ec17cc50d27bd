// The controls of Leaflet in the language and the units of the reader.
import { writeNumber } from "./units.js";

export function addControls(map, { zoomIn, zoomOut, close, units }) {
  L.control.zoom({ position: "topright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  addScale(map, units);
  closePopupsByKey(map, close);
}

// Leaflet writes "ft" and "km" in all languages.
function addScale(map, units) {
  const scale = L.control.scale({ imperial: false, position: "topleft" });
  scale._updateMetric = (metres) => {
    const [text, unitM] = metres < units.long_m ? [units.short, units.short_m] : [units.long, units.long_m];
    const number = scale._getRoundNum(metres / unitM);
    scale._updateScale(scale._mScale, writeNumber(text, number), (number * unitM) / metres);
  };
  scale.addTo(map);
}

// Escape closes a pop-up wherever the focus is on the map, and the focus stays there.
function closePopupsByKey(map, closeLabel) {
  const container = map.getContainer();
  let element;
  map.on("popupopen", ({ popup }) => {
    element = popup.getElement();
    element.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", closeLabel);
  });
  map.on("popupclose", () => {
    if (element?.contains(document.activeElement)) container.focus({ preventScroll: true });
    element = null;
  });
  container.addEventListener("keydown", ({ key }) => key === "Escape" && element && map.closePopup());
}
