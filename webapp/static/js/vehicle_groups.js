// Grouping of pins that are close together on the screen.

export const GROUP_DISTANCE_PX = 48;

// Group items {lat, lon} by their distance on the screen, in the given order; those that isAlone says
// stay alone. Positions are kept in squares, so that each item is compared with its neighbours only.
export function groupByDistance(items, project, isAlone = () => false) {
  const groups = [];
  const squares = new Map();
  const square = (x, y) => `${Math.floor(x / GROUP_DISTANCE_PX)} ${Math.floor(y / GROUP_DISTANCE_PX)}`;
  for (const item of items) {
    const position = project([item.lat, item.lon]);
    const alone = isAlone(item);
    const neighbours = [-1, 0, 1].flatMap((a) =>
      [-1, 0, 1].flatMap((b) => squares.get(square(position.x + a * GROUP_DISTANCE_PX, position.y + b * GROUP_DISTANCE_PX)) ?? []),
    );
    const near = alone ? null : neighbours.find((group) => group.position.distanceTo(position) < GROUP_DISTANCE_PX);
    if (near) {
      near.members.push(item);
      continue;
    }
    const group = { position, members: [item] };
    groups.push(group);
    if (alone) continue;
    const name = square(position.x, position.y);
    squares.set(name, [...(squares.get(name) ?? []), group]);
  }
  return groups.map(({ members }) => members);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

// Return the point in the middle of most points.
export function middleOf(points) {
  return [median(points.map(([lat]) => lat)), median(points.map(([, lon]) => lon))];
}

// Return the points without those far away from most others: a few lost vehicles must not make the map
// so small that all the others are one group.
export function withoutOutliers(points) {
  if (points.length < 8) return points;
  const middle = middleOf(points);
  const shrink = Math.cos((middle[0] * Math.PI) / 180);
  const distance = ([lat, lon]) => Math.hypot(lat - middle[0], (lon - middle[1]) * shrink);
  const limit = 2.5 * median(points.map(distance));
  return points.filter((point) => distance(point) <= limit);
}
