// The way to the chosen vehicle: how far, in which direction, and how long a walk. It changes as the person
// comes nearer.
import { formatDistance } from "./units.js";
import { format } from "./texts.js";

const MAX_WALK_M = 5000; // farther away nobody walks
const METRES_PER_MINUTE = 80;

// The direction at the start, degrees clockwise from north.
export function bearing(from, to) {
  const [lat1, lat2, turn] = [from.lat, to.lat, to.lng - from.lng].map((degrees) => (degrees * Math.PI) / 180);
  const north = Math.cos(lat1) * Math.sin(lat2) - Math.sin(lat1) * Math.cos(lat2) * Math.cos(turn);
  return ((Math.atan2(Math.sin(turn) * Math.cos(lat2), north) * 180) / Math.PI + 360) % 360;
}

function createArrow() {
  const template = document.querySelector("[data-arrow-template]");
  return document.importNode(template.content.firstElementChild, true);
}

export class WalkHint {
  // texts: of the walk; texts.directions: eight, clockwise from north.
  constructor(map, texts, units) {
    Object.assign(this, { map, texts, units });
  }

  // Return the line for a page or a pop-up. One at a time is kept up to date.
  create(destination, from) {
    this.element = Object.assign(document.createElement("p"), { className: "walk-hint", hidden: true });
    this.element.setAttribute("role", "status");
    this.words = document.createElement("span");
    this.arrow = createArrow();
    this.element.append(this.arrow, this.words);
    this.lead(destination, from);
    return this.element;
  }

  lead(destination, from) {
    this.destination = L.latLng(destination);
    this.update(from);
  }

  update(from) {
    if (!this.element) return;
    this.element.hidden = !from;
    if (!from) return;
    const text = this.describe(from, this.destination);
    if (this.words.textContent !== text) this.words.textContent = text;
    this.arrow.style.transform = `rotate(${Math.round(bearing(from, this.destination))}deg)`;
  }

  describe(from, destination) {
    const metres = this.map.distance(from, destination);
    const direction = this.texts.directions[Math.round(bearing(from, destination) / 45) % 8];
    const far = `${formatDistance(metres, this.units)} ${direction}`;
    return metres > MAX_WALK_M ? far : format(this.texts.walk, { far, n: Math.max(1, Math.ceil(metres / METRES_PER_MINUTE)) });
  }
}
