// The list of the search page on a narrow screen: a sheet over the map with three heights. Its header
// is dragged with a finger or a mouse; its buttons, and the arrow keys on them, do the same.

const STOPS = ["peek", "half", "full"];
export const HALF_HEIGHT = 0.52; // of the room for map and sheet; --half-height in movr.css
const DRAG_STEP_PX = 48; // a shorter drag goes back to the height before it

class Sheet {
  constructor(layout) {
    this.layout = layout;
    this.element = layout.querySelector(".sheet");
    this.header = layout.querySelector("[data-sheet-handle]");
    this.buttons = [...layout.querySelectorAll("[data-sheet-step]")];
    layout.querySelector("[data-sheet-buttons]").hidden = false;
    for (const button of this.buttons) button.addEventListener("click", () => this.move(Number(button.dataset.sheetStep)));
    this.header.addEventListener("keydown", (event) => this.onKey(event));
    this.header.addEventListener("pointerdown", (event) => this.startDrag(event));
    // Focus that moves into a list that is hidden, as by a link to it, shows the list.
    layout.querySelector("#sheet-title").addEventListener("focus", () => this.stop === "peek" && this.setStop("half"));
    this.setStop(this.stop);
  }

  get stop() {
    return this.layout.dataset.stop;
  }

  setStop(stop) {
    this.layout.dataset.stop = stop;
    const index = STOPS.indexOf(stop);
    // Not disabled: the focus would be lost.
    for (const button of this.buttons) button.setAttribute("aria-disabled", !STOPS[index + Number(button.dataset.sheetStep)]);
  }

  move(step) {
    const index = STOPS.indexOf(this.stop) + step;
    this.setStop(STOPS[Math.max(0, Math.min(STOPS.length - 1, index))]);
  }

  onKey(event) {
    const step = { ArrowUp: 1, ArrowDown: -1, Home: -2, End: 2 }[event.key];
    if (!step || !this.buttons.includes(event.target)) return;
    event.preventDefault();
    this.move(step);
  }

  startDrag(event) {
    const isSheet = getComputedStyle(this.header).touchAction === "none"; // and no list beside the map
    if (!isSheet || event.button || event.target.closest("a, button")) return;
    this.header.setPointerCapture(event.pointerId);
    const drag = { y: event.clientY, height: this.element.offsetHeight, moved: 0 };
    const onMove = ({ clientY }) => {
      drag.moved = drag.y - clientY;
      this.layout.classList.add("is-dragging");
      this.element.style.height = `${drag.height + drag.moved}px`;
    };
    const onEnd = () => {
      this.header.removeEventListener("pointermove", onMove);
      for (const name of ["pointerup", "pointercancel"]) this.header.removeEventListener(name, onEnd);
      this.endDrag(drag);
    };
    this.header.addEventListener("pointermove", onMove);
    for (const name of ["pointerup", "pointercancel"]) this.header.addEventListener(name, onEnd);
  }

  // Go to the nearest height, and at least one stop in the direction of the drag.
  endDrag({ moved }) {
    const height = this.element.offsetHeight;
    this.element.style.height = "";
    this.layout.classList.remove("is-dragging");
    if (Math.abs(moved) < DRAG_STEP_PX) return;
    const before = STOPS.indexOf(this.stop);
    const room = this.layout.offsetHeight - this.layout.firstElementChild.offsetHeight;
    const heights = [this.header.offsetHeight, room * HALF_HEIGHT, room];
    const nearest = heights.reduce((best, each, index) => (Math.abs(each - height) < Math.abs(heights[best] - height) ? index : best), 0);
    const index = moved > 0 ? Math.max(nearest, before + 1) : Math.min(nearest, before - 1);
    this.setStop(STOPS[Math.max(0, Math.min(STOPS.length - 1, index))]);
  }
}

export function enhanceSheet() {
  document.querySelectorAll("[data-sheet-layout]").forEach((layout) => new Sheet(layout));
}
