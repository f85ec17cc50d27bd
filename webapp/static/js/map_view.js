// What can be seen of a map beside the sheet, which lies over a part of it, and how it is moved.
import { coveredHeight, fitPoints } from "./map.js";
import { mayAnimate } from "./marker_motion.js";
import { groupByDistance, middleOf } from "./vehicle_groups.js";

const [MIN_SPREAD, MAX_SPREAD_ZOOM] = [10, 15]; // fewer vehicles may be one group at first
const FOLLOW_MARGIN = 0.25; // of the visible part: so far from its edges the dot stays while the map follows

// The middle of what can be seen.
export function visibleCentre(map, element) {
  const { x, y } = map.getSize();
  return map.containerPointToLatLng([x / 2, (y - coveredHeight(element)) / 2]);
}

// Show a point in the middle of what can be seen.
export function showAt(map, element, point, zoom) {
  const offset = [0, coveredHeight(element) / 2];
  map.setView(map.unproject(map.project(point, zoom).add(offset), zoom), zoom, { animate: false });
}

// A map on which most vehicles are one group says nothing: look closer at their middle.
export function spread(map, element, points) {
  let zoom = map.getZoom();
  const items = points.map(([lat, lon]) => ({ lat, lon }));
  const isOneGroup = () => groupByDistance(items, (point) => map.project(point, zoom)).some(({ length }) => length > items.length / 2);
  while (items.length >= MIN_SPREAD && zoom < MAX_SPREAD_ZOOM && isOneGroup()) zoom += 1;
  if (zoom > map.getZoom()) showAt(map, element, middleOf(points), zoom);
}

// Move as little as shows a person, and beside them the vehicle that they have chosen, if any.
export function keepInView(map, element, point, chosen) {
  const { x, y } = map.getSize();
  const covered = coveredHeight(element);
  const [side, above] = [x * FOLLOW_MARGIN, (y - covered) * FOLLOW_MARGIN];
  if (!chosen) {
    const padding = { paddingTopLeft: [side, above], paddingBottomRight: [side, covered + above] };
    map.panInside(point, { ...padding, animate: mayAnimate() });
    return;
  }
  const isInView = L.bounds([0, 0], [x, y - covered]).contains(map.latLngToContainerPoint(point));
  if (!isInView) fitPoints(map, element, [point, chosen], { maxZoom: map.getZoom(), animate: mayAnimate() });
}

// Move the map so that the sheet does not lie over what the keyboard has come to.
export function uncover(map, element, point) {
  const paddingBottomRight = [72, 32 + coveredHeight(element)];
  map.panInside(point, { paddingTopLeft: [32, 64], paddingBottomRight, animate: false });
}
