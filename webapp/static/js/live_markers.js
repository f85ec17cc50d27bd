// The pins and groups of the live map. A marker whose vehicle has changed stays and is changed, so that nothing
// flickers and the keyboard's focus stays; a group within half the distance of two groups is the same one.
import { moveMarker, removeMarker, showMarker } from "./marker_motion.js";
import { GROUP_DISTANCE_PX } from "./vehicle_groups.js";

export class LiveMarkers {
  // looks: of pins and groups: {create(item), change(marker, item)}. An item has a point, a look and, if it is a
  // pin, the key of its vehicle.
  constructor(map, looks) {
    Object.assign(this, { map, looks, markers: new Map(), groupCount: 0 });
  }

  get(id) {
    return this.markers.get(id)?.marker;
  }

  forEachPin(act) {
    for (const { item, marker } of this.markers.values()) if (item.kind === "pin") act(marker);
  }

  // Show these items and no others. keptId: of a marker that stays. isGentle: since the last time, only vehicles
  // have changed, and not the map.
  show(items, { keptId, isGentle }) {
    const wanted = this.identify(items);
    for (const [id, { marker }] of this.markers) if (!wanted.has(id) && id !== keptId) this.remove(id, marker, isGentle);
    for (const [id, item] of wanted) {
      if (this.markers.has(id)) this.change(this.markers.get(id), item, isGentle);
      else this.add(id, item, isGentle);
    }
  }

  identify(items) {
    const groups = [...this.markers].filter(([, { item }]) => !item.key).map(([id, { item }]) => [id, this.map.project(item.point)]);
    const find = (position) => groups.findIndex(([, other]) => other.distanceTo(position) < GROUP_DISTANCE_PX / 2);
    const identified = items.map((item) => {
      if (item.key) return [item.key, item];
      const index = find(this.map.project(item.point));
      const id = index < 0 ? `group ${(this.groupCount += 1)}` : groups.splice(index, 1)[0][0];
      return [id, item];
    });
    return new Map(identified);
  }

  add(id, item, isGentle) {
    const marker = this.looks[item.kind].create(item);
    this.markers.set(id, { item, marker });
    if (isGentle) showMarker(marker);
  }

  change(entry, item, isGentle) {
    const { item: before, marker } = entry;
    entry.item = item;
    if (String(before.point) !== String(item.point)) {
      if (isGentle) moveMarker(marker, item.point);
      else marker.setLatLng(item.point);
    }
    this.looks[item.kind].change(marker, item, before.look !== item.look);
  }

  remove(id, marker, isGentle) {
    this.markers.delete(id);
    if (marker.getElement() === document.activeElement) this.map.getContainer().focus({ preventScroll: true });
    if (isGentle) removeMarker(marker);
    else marker.remove();
  }
}
