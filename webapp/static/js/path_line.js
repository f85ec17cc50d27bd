// The recorded path of a ride on the map of its receipt.

// Replace the straight line between both ends with the recorded path, if there is one.
export async function drawPath(map, url, line) {
  sessionStorage.removeItem(`path ${url}`); // what ride_path.js has kept
  // The map is still about to move to the straight line: fit it to the path after that.
  const moveEnded = new Promise((resolve) => map.once("moveend", resolve));
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  const points = response.ok ? await response.json() : [];
  if (points.length < 2) return;
  const route = L.polyline(points.map(([, lat, lon]) => [lat, lon]), { className: "route", weight: 4 });
  await moveEnded;
  line.remove();
  route.addTo(map);
  map.fitBounds(route.getBounds().extend(line.getBounds()), { padding: [32, 32], maxZoom: 16 });
}
