// The area of a zone: a list of parts, each a list of rings (the outline, then its holes), each a list of
// [longitude, latitude]. GeoJSON repeats the first point of a ring at its end; here it stands once.

const METRES_PER_DEGREE = 111195;
const round = (degrees) => Math.round(degrees * 1e6) / 1e6; // a decimetre, as the server stores it

// Return the parts that a text in GeoJSON has, or null.
export function parseArea(text) {
  try {
    return listGeometries(JSON.parse(text)).flatMap(({ type, coordinates }) => {
      const parts = type === "Polygon" ? [coordinates] : coordinates;
      return parts.map((rings) => rings.map(openRing));
    });
  } catch {
    return null; // the server says what is wrong with it
  }
}

function listGeometries(content) {
  if (content.type === "FeatureCollection") return content.features.map((feature) => feature.geometry);
  const geometry = content.type === "Feature" ? content.geometry : content;
  if (!["Polygon", "MultiPolygon"].includes(geometry.type)) throw new TypeError();
  return [geometry];
}

function openRing(ring) {
  const points = ring.map(([lon, lat]) => [round(lon), round(lat)]);
  if (points.flat().some((number) => !Number.isFinite(number))) throw new TypeError();
  const [first, last] = [points[0], points.at(-1)];
  return points.length > 1 && first[0] === last[0] && first[1] === last[1] ? points.slice(0, -1) : points;
}

export function formatArea(parts) {
  if (!parts.length) return "";
  const coordinates = parts.map((rings) => rings.map((ring) => [...ring, ring[0]]));
  return JSON.stringify({ type: "MultiPolygon", coordinates });
}

export const roundPoint = ({ lat, lng }) => [round(lng), round(lat)];

export const countPoints = (parts) => parts.flat().reduce((sum, ring) => sum + ring.length, 0);

// Square metres, on the plane that touches the earth at the latitude of the city.
export function measureArea(parts, lat) {
  return parts.reduce((sum, part) => sum + measurePart(part, lat), 0);
}

export function measurePart([outline, ...holes], lat) {
  return holes.reduce((size, hole) => size - measureRing(hole, lat), measureRing(outline, lat));
}

function measureRing(ring, lat) {
  const [lon0, lat0] = ring[0];
  let sum = 0;
  ring.forEach((point, index) => {
    const next = ring[(index + 1) % ring.length];
    sum += (point[0] - lon0) * (next[1] - lat0) - (next[0] - lon0) * (point[1] - lat0);
  });
  return (Math.abs(sum) / 2) * METRES_PER_DEGREE ** 2 * Math.cos((lat * Math.PI) / 180);
}

export function isInside([x, y], ring) {
  let inside = false;
  ring.forEach(([x1, y1], index) => {
    const [x2, y2] = ring[(index + 1) % ring.length];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
