// Pop-ups of vehicles that are not in the list: what it would show, from the data of the live map.

import { formatDistance, formatRange } from "./units.js";

export const format = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export class VehiclePopups {
  // prices: by the id of a plan.
  constructor(element, map, prices) {
    Object.assign(this, { element, map, prices });
    this.texts = JSON.parse(element.dataset.texts);
  }

  // Return the facts that the list shows.
  createFacts(vehicle) {
    const { texts } = this;
    const box = document.createElement("div");
    box.append(this.createLink(vehicle, "card-title", vehicle.name));
    const battery = vehicle.battery == null ? null : format(texts.battery, { n: vehicle.battery });
    const range = vehicle.range == null ? battery : format(texts.left, { range: formatRange(vehicle.range, texts.units) });
    const state = vehicle.state === "available" ? null : texts.states[vehicle.state];
    const facts = [state, vehicle.low && texts.low, range].filter(Boolean).join(" · ");
    for (const text of [this.formatDistance(vehicle), facts, this.prices[vehicle.plan]]) {
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

  createLink(vehicle, className, text) {
    const link = document.createElement("a");
    link.className = className;
    link.href = this.element.dataset.detailsUrl.replace("KEY", vehicle.key);
    link.textContent = text;
    return link;
  }

  formatDistance({ lat, lon }) {
    const { hereLat, hereLon } = this.element.dataset;
    if (!hereLat) return null;
    const metres = this.map.distance([hereLat, hereLon], [lat, lon]);
    const distance = formatDistance(metres, this.texts.units);
    return metres > 5000 ? distance : format(this.texts.walk, { far: distance, n: Math.max(1, Math.ceil(metres / 80)) });
  }
}
