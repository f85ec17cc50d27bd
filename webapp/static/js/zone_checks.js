// What is wrong with an area, as the server says it (webapp/fleet/zones/drawn_areas.py), while somebody
// draws. What only the server finds, such as parts that touch along an edge, it says after saving.
import { countPoints, isInside, measurePart } from "./zone_shape.js";

const MIN_SQUARE_M = 1;
const KM_PER_DEGREE = 111.195;

// Return the name of the first problem, with the point where it is if it has one; or null.
export function findProblem(parts, { centre, maxPoints, maxKm }) {
  const rings = parts.flat();
  if (rings.some((ring) => ring.length < 3)) return { name: "few" };
  if (countPoints(parts) > maxPoints) return { name: "points" };
  const crossing = findCrossing(rings);
  if (crossing) return { name: "crossing", at: crossing };
  return (
    findMisplacedRing(parts) ??
    (parts.some((part) => measurePart(part, centre[1]) < MIN_SQUARE_M) ? { name: "small" } : null) ??
    (parts.length && !isNear(rings, centre, maxKm) ? { name: "far" } : null)
  );
}

function findMisplacedRing(parts) {
  for (const [outline, ...holes] of parts) {
    for (const hole of holes) if (!hole.some((point) => isInside(point, outline))) return { name: "hole", at: hole[0] };
    const nested = holes.find((hole) => holes.some((other) => other !== hole && isInside(hole[0], other)));
    if (nested) return { name: "nested", at: nested[0] };
  }
  const inOther = (part, [outline, ...holes]) => {
    const [point] = part[0];
    return isInside(point, outline) && !holes.some((hole) => isInside(point, hole));
  };
  const inner = parts.find((part) => parts.some((other) => other !== part && inOther(part, other)));
  if (!inner) return null;
  const isWhole = parts.some((other) => other !== inner && inner[0].every((point) => isInside(point, other[0])));
  return { name: isWhole ? "overlap" : "crossing", at: inner[0][0] };
}

// Return a point where two edges cross, or null. The edges are sorted from west to east, so that only
// those are compared that lie north or south of each other.
function findCrossing(rings) {
  const edges = rings.flatMap((ring, ringIndex) =>
    ring.map((point, index) => {
      const next = ring[(index + 1) % ring.length];
      return { a: point, b: next, west: Math.min(point[0], next[0]), east: Math.max(point[0], next[0]), ringIndex };
    }),
  );
  edges.sort((one, other) => one.west - other.west);
  for (let i = 0; i < edges.length; i++) {
    for (let j = i + 1; j < edges.length && edges[j].west <= edges[i].east; j++) {
      if (cross(edges[i], edges[j])) return edges[j].a;
    }
  }
  return null;
}

const side = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));

function cross({ a, b }, { a: c, b: d }) {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

function isNear(rings, [lon, lat], maxKm) {
  const scale = Math.cos((lat * Math.PI) / 180);
  const distance = ([x, y]) => Math.hypot((x - lon) * scale, y - lat) * KM_PER_DEGREE;
  return rings.some((ring) => isInside([lon, lat], ring) || ring.some((point) => distance(point) <= maxKm));
}
