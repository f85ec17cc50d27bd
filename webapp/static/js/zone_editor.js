// Drawing the area of a zone on a map. The field with GeoJSON is what is sent; the map fills it, and shows what
// is typed or pasted there. Without JavaScript there is only the field.
//
// Points are set by a click or tap, or by a button at the middle of the map, which the arrow keys move. Handles
// are dragged, or moved with the arrow keys. New points snap to the zones around.
import { createMap } from "./map.js";
import { Neighbours } from "./zone_neighbours.js";
import { findProblem } from "./zone_checks.js";
import { formatArea as formatSize } from "./units.js";
import { countPoints, formatArea, measureArea, parseArea, roundPoint } from "./zone_shape.js";

const MAX_HANDLES = 300; // with more a phone is slow, and nobody hits one
const MAX_UNDO = 100;
const NUDGE_PX = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class ZoneEditor {
  constructor(element) {
    this.element = element;
    this.field = element.closest("form").elements.area;
    this.messages = JSON.parse(element.dataset.messages);
    const { lat, lon, maxPoints, maxKm } = element.dataset;
    this.limits = { centre: [Number(lon), Number(lat)], maxPoints: Number(maxPoints), maxKm: Number(maxKm) };
    this.parts = parseArea(this.field.value) ?? [];
    this.drawing = null; // { hole: boolean, points } while a ring is drawn
    this.selected = null; // [part, ring, index] of a point
    this.undoStack = [];
    element.hidden = false;
    const mapElement = element.querySelector("[data-editor-map]");
    this.units = JSON.parse(mapElement.dataset.mapTexts).units;
    this.map = createMap(mapElement, lat, lon, 14);
    this.area = L.layerGroup().addTo(this.map);
    this.handles = L.layerGroup().addTo(this.map);
    this.neighbours = new Neighbours(this.map, element.dataset.outlinesUrl);
    this.fit();
    this.listen();
    this.draw();
  }

  fit() {
    const points = this.parts.flat(2).map(([lon, lat]) => [lat, lon]);
    if (points.length) this.map.fitBounds(points, { padding: [32, 32], maxZoom: 18, animate: false });
  }

  listen() {
    const tools = {
      part: () => this.begin(false),
      hole: () => this.begin(true),
      centre: () => this.addPoint(this.map.getCenter()),
      finish: () => this.finish(),
      cancel: () => this.cancel(),
      remove: () => this.removeSelected(),
      undo: () => this.undo(),
    };
    this.buttons = Object.fromEntries([...this.element.querySelectorAll("[data-tool]")].map((button) => [button.dataset.tool, button]));
    for (const [name, button] of Object.entries(this.buttons)) button.addEventListener("click", tools[name]);
    this.map.on("click", ({ latlng }) => this.drawing && this.addPoint(latlng));
    this.map.on("moveend", () => this.drawHandles());
    this.map.doubleClickZoom.disable(); // two quick clicks are two points
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.field.addEventListener("change", () => this.readField());
    this.field.form.elements.area_file?.addEventListener("change", (event) => this.readFile(event.target));
  }

  onKey(event) {
    if (event.key === "Escape" && this.drawing) this.cancel();
    else if (event.key === "Enter" && this.drawing && !event.target.matches("button")) this.finish();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else if (["Delete", "Backspace"].includes(event.key) && this.selected) this.removeSelected();
    else return;
    event.preventDefault();
  }

  // --- what is typed, pasted or in a file ----------------------------------------------------

  readField() {
    const parts = parseArea(this.field.value);
    if (!parts && this.field.value.trim()) return this.showProblem({ name: "text" });
    this.remember();
    this.parts = parts ?? [];
    this.drawing = this.selected = null;
    this.fit();
    return this.draw();
  }

  async readFile(input) {
    if (!input.files[0]) return;
    const text = await input.files[0].text();
    if (!parseArea(text)) return this.showProblem({ name: "text" });
    input.value = ""; // it is in the field now
    this.field.value = text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.readField();
    this.writeField();
  }

  writeField() {
    this.field.value = formatArea(this.parts);
    this.field.dispatchEvent(new Event("input", { bubbles: true })); // an error goes with its cause
  }

  // --- drawing -------------------------------------------------------------------------------

  begin(hole) {
    this.remember();
    this.selected = null;
    this.drawing = { hole, points: [] };
    this.draw();
    this.map.getContainer().focus({ preventScroll: true });
  }

  addPoint(latlng) {
    if (!this.drawing) this.begin(false);
    const { points } = this.drawing;
    if (points.length >= 3 && this.isAt(latlng, points[0])) return this.finish();
    this.remember();
    points.push(roundPoint(this.neighbours.snap(latlng)));
    return this.draw();
  }

  isAt(latlng, [lon, lat]) {
    const [one, other] = [latlng, [lat, lon]].map((each) => this.map.latLngToContainerPoint(each));
    return one.distanceTo(other) < 16;
  }

  finish() {
    if (!this.drawing || this.drawing.points.length < 3) return this.showProblem({ name: "few" });
    const { hole, points } = this.drawing;
    const part = hole ? this.findPartAround(points) : null;
    if (hole && !part) return this.showProblem({ name: "hole", at: points[0] });
    if (part) part.push(points);
    else this.parts.push([points]);
    this.drawing = null;
    this.writeField();
    return this.draw();
  }

  // Return the part that a hole is in: the one with which it makes an area.
  findPartAround(points) {
    return this.parts.find((part) => !findProblem([[...part, points]], this.limits));
  }

  cancel() {
    this.drawing = null;
    this.draw();
  }

  removeSelected() {
    if (!this.selected) return;
    this.remember();
    const [part, ring, index] = this.selected;
    const points = this.parts[part][ring];
    points.splice(index, 1);
    if (points.length < 3) {
      if (ring) this.parts[part].splice(ring, 1);
      else this.parts.splice(part, 1);
    }
    this.selected = null;
    this.writeField();
    this.draw();
  }

  movePoint([part, ring, index], latlng) {
    this.parts[part][ring][index] = roundPoint(latlng);
  }

  // --- undo ----------------------------------------------------------------------------------

  remember() {
    this.undoStack.push(JSON.stringify([this.parts, this.drawing]));
    if (this.undoStack.length > MAX_UNDO) this.undoStack.shift();
  }

  undo() {
    if (!this.undoStack.length) return;
    [this.parts, this.drawing] = JSON.parse(this.undoStack.pop());
    this.selected = null;
    this.writeField();
    this.draw();
  }

  // --- what is shown -------------------------------------------------------------------------

  draw() {
    this.drawArea();
    this.drawHandles();
    const { drawing, selected, parts } = this;
    for (const name of ["finish", "cancel"]) this.buttons[name].hidden = !drawing;
    for (const name of ["part", "hole"]) this.buttons[name].hidden = Boolean(drawing);
    this.buttons.hole.disabled = !parts.length;
    this.buttons.remove.disabled = !selected;
    this.buttons.undo.disabled = !this.undoStack.length;
    this.element.classList.toggle("is-drawing", Boolean(drawing));
    this.showStatus();
    this.showProblem(findProblem(parts, this.limits));
  }

  drawArea() {
    this.area.clearLayers();
    const toLatLngs = (ring) => ring.map(([lon, lat]) => [lat, lon]);
    for (const part of this.parts) {
      L.polygon(part.map(toLatLngs), { className: "area-shape", weight: 3, interactive: false }).addTo(this.area);
    }
    if (this.drawing) {
      const { hole, points } = this.drawing;
      const className = hole ? "area-line area-line-hole" : "area-line";
      L.polyline(toLatLngs(points), { className, weight: 3, interactive: false }).addTo(this.area);
    }
  }

  drawHandles() {
    this.handles.clearLayers();
    if (this.drawing) {
      this.drawing.points.forEach((point, index) => this.addDrawnHandle(point, index));
      return;
    }
    const bounds = this.map.getBounds().pad(0.1);
    const visible = [];
    this.parts.forEach((part, p) =>
      part.forEach((ring, r) =>
        ring.forEach((point, i) => bounds.contains([point[1], point[0]]) && visible.push([p, r, i])),
      ),
    );
    this.hasTooMany = visible.length > MAX_HANDLES;
    if (!this.hasTooMany) for (const key of visible) this.addHandles(key, visible.length <= MAX_HANDLES / 2);
    this.showStatus();
  }

  addDrawnHandle([lon, lat], index) {
    const className = index ? "area-handle" : "area-handle area-handle-first";
    const marker = L.marker([lat, lon], { icon: L.divIcon({ className, iconSize: [16, 16] }), keyboard: false });
    if (!index) marker.on("click", () => this.finish());
    marker.addTo(this.handles);
  }

  addHandles(key, withMiddles) {
    const [part, ring, index] = key;
    const points = this.parts[part][ring];
    const isSelected = this.selected?.join() === key.join();
    const className = isSelected ? "area-handle is-selected" : "area-handle";
    this.addHandle(points[index], className, key, { title: this.messages.point });
    if (!withMiddles) return;
    const next = points[(index + 1) % points.length];
    const middle = [(points[index][0] + next[0]) / 2, (points[index][1] + next[1]) / 2];
    this.addHandle(middle, "area-handle area-handle-middle", [part, ring, index + 1], { isNew: true, title: this.messages.middle });
  }

  addHandle([lon, lat], className, key, { isNew = false, title }) {
    const icon = L.divIcon({ className, iconSize: isNew ? [12, 12] : [16, 16] });
    const marker = L.marker([lat, lon], { icon, draggable: true, autoPan: true, title, alt: title }).addTo(this.handles);
    const take = () => {
      this.remember();
      if (isNew) this.parts[key[0]][key[1]].splice(key[2], 0, [lon, lat]);
    };
    const leave = () => this.select(key);
    const choose = () => {
      if (isNew) take();
      leave();
    };
    marker.on("click", choose);
    marker.on("dragstart", take);
    marker.on("drag", () => {
      this.movePoint(key, this.neighbours.snap(marker.getLatLng()));
      this.drawArea();
    });
    marker.on("dragend", leave);
    marker.getElement().addEventListener("keydown", (event) => (event.key === "Enter" ? choose() : this.nudge(event, key, isNew)));
    if (this.focused === key.join() && !isNew) marker.getElement().focus({ preventScroll: true });
  }

  // Move a point with the arrow keys, by a pixel, or ten with the shift key.
  nudge(event, key, isNew) {
    const step = NUDGE_PX[event.key];
    if (!step || isNew) return;
    event.preventDefault();
    event.stopPropagation(); // else the map moves
    this.remember();
    const [part, ring, index] = key;
    const [lon, lat] = this.parts[part][ring][index];
    const at = this.map.latLngToContainerPoint([lat, lon]).add(L.point(step).multiplyBy(event.shiftKey ? 10 : 1));
    this.movePoint(key, this.map.containerPointToLatLng(at));
    this.select(key);
  }

  // Draw all anew, with the focus on a point.
  select(key) {
    this.selected = key;
    this.focused = key.join();
    this.writeField();
    this.draw();
    this.focused = null;
  }

  showStatus() {
    const { messages, drawing } = this;
    const status = this.element.querySelector("[data-editor-status]");
    if (drawing) status.textContent = drawing.hole ? messages.drawing_hole : messages.drawing;
    else if (!this.parts.length) status.textContent = messages.empty;
    else {
      const size = messages.size.replace("{size}", formatSize(measureArea(this.parts, this.limits.centre[1]), this.units));
      const text = [size.replace("{n}", countPoints(this.parts)), this.hasTooMany && messages.zoom];
      status.textContent = text.filter(Boolean).join(" ");
    }
  }

  showProblem(problem) {
    this.problemMarker?.remove();
    const text = this.element.querySelector("[data-editor-problem]");
    text.textContent = problem ? this.messages[problem.name] : "";
    if (!problem?.at) return;
    const icon = L.divIcon({ className: "area-problem", iconSize: [32, 32] });
    const [lon, lat] = problem.at;
    this.problemMarker = L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(this.map);
  }
}

export function startZoneEditors() {
  document.querySelectorAll("[data-zone-editor]").forEach((element) => new ZoneEditor(element));
}
