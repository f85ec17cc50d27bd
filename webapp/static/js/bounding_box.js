// The bounding box that the live map asks for (webapp/fleet/live_map/bounding_box.py).

const GRID_DEGREES = 0.01; // a tenth of it for small areas (webapp/fleet/live_map/bounding_box.py)
const PADDING_RATIO = 0.25; // loaded beyond each side of the visible area, as a share of its size
const wrapLongitude = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;

// Return the visible area with some padding as "south,west,north,east", aligned to the grid so that
// responses can be cached.
export function boundingBox(map) {
  const bounds = map.getBounds().pad(PADDING_RATIO);
  const [south, north] = [Math.max(-90, bounds.getSouth()), Math.min(90, bounds.getNorth())];
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const step = Math.max(north - south, east - west) < 4 * GRID_DEGREES ? GRID_DEGREES / 10 : GRID_DEGREES;
  const roundDown = (degrees) => (Math.floor(degrees / step) * step).toFixed(3);
  const roundUp = (degrees) => (Math.ceil(degrees / step) * step).toFixed(3);
  const longitudes = east - west >= 360 ? [-180, 180] : [roundDown(wrapLongitude(west)), roundUp(wrapLongitude(east))];
  return [roundDown(south), longitudes[0], roundUp(north), longitudes[1]].join(",");
}

export function isInside({ lat, lon }, bbox) {
  const [south, west, north, east] = bbox.split(",").map(Number);
  const [isEastOfWest, isWestOfEast] = [lon >= west, lon <= east];
  return lat >= south && lat <= north && (west <= east ? isEastOfWest && isWestOfEast : isEastOfWest || isWestOfEast);
}

export function coversVisibleArea(map, bbox) {
  const bounds = map.getBounds();
  return [bounds.getSouthWest(), bounds.getNorthEast()].every(({ lat, lng }) => isInside({ lat, lon: wrapLongitude(lng) }, bbox));
}
