// Pop-ups of vehicles: what the list shows, or would show, from the data of the live map.
import { format } from "./texts.js";
import { formatRange } from "./units.js";

export function createPopupContent(row, price) {
  const box = document.createElement("div");
  for (const part of row.querySelectorAll(".card-title, .card-detail")) box.append(part.cloneNode(true));
  removeDistance(box.querySelector("[data-distance]"));
  box.append(Object.assign(document.createElement("p"), { className: "card-detail", textContent: price }));
  const action = row.querySelector("form") || row.querySelector(".btn");
  if (action) box.append(action.cloneNode(true));
  return box;
}

// A pop-up has a walk of its own (walk_hint.js); the row's is as old as the list.
function removeDistance(distance) {
  const { previousSibling: before, nextSibling: after } = distance ?? {};
  if (after) after.data = after.data.replace(/^ · /, "");
  else if (before) before.data = before.data.replace(/ · $/, "");
  distance?.remove();
}

export class VehiclePopups {
  // prices: by the id of a plan.
  constructor(element, { texts, units, prices }) {
    Object.assign(this, { element, texts, units, prices });
  }

  // Return state and battery of a vehicle, as far as they are worth a word.
  describe({ state, low, battery, range }) {
    const { texts } = this;
    const charge = battery == null ? null : format(texts.battery, { n: battery });
    const left = range == null ? charge : format(texts.left, { range: formatRange(range, this.units) });
    return [texts.states[state], low && texts.low, left].filter(Boolean);
  }

  // Return the facts that the list shows.
  createFacts(vehicle) {
    const box = document.createElement("div");
    box.append(this.createLink(vehicle, "card-title", vehicle.name));
    const facts = this.describe(vehicle).join(" · ");
    for (const text of [facts, this.prices[vehicle.plan]]) {
      if (!text) continue;
      const line = document.createElement("p");
      line.className = "card-detail";
      line.textContent = text;
      box.append(line);
    }
    box.append(this.createAction(vehicle));
    return box;
  }

  // The button that starts a ride, as in the list; a link to its page for a vehicle that is not free, or
  // that stands where no ride starts.
  createAction(vehicle) {
    const template = document.querySelector("[data-start-template]")?.content.firstElementChild;
    if (!template || !vehicle.mayStart || vehicle.state !== "available") return this.createLink(vehicle, "btn btn-tint btn-compact", this.texts.look);
    const action = template.cloneNode(true);
    const url = action.matches("form") ? "action" : "href";
    action.setAttribute(url, action.getAttribute(url).replace("KEY", vehicle.key));
    const plan = action.querySelector("[name=plan]");
    if (plan) plan.value = vehicle.plan;
    return action;
  }

  // For a row of the list or a pop-up: the vehicle is not available any more.
  createUnavailableNote() {
    return Object.assign(document.createElement("p"), { className: "card-unavailable", textContent: this.texts.gone });
  }

  createLink(vehicle, className, text) {
    const link = document.createElement("a");
    link.className = className;
    link.href = this.element.dataset.detailsUrl.replace("KEY", vehicle.key);
    link.textContent = text;
    return link;
  }
}
