// The pages of tasks: the position of the device, changes without network, and planning by dragging. Loaded
// by main.js where it is needed.
import { locate, mayLocate } from "./geolocation.js";
import { enhancePlanBoard } from "./plan_board.js";
import { startTaskQueue } from "./task_queue.js";

// Four decimals are 11 metres: enough for a route, and no more than it needs.
function fillPosition(form, lat, lon) {
  form.elements.lat.value = lat.toFixed(4);
  form.elements.lon.value = lon.toFixed(4);
}

function enhanceNearest(button) {
  const form = button.form;
  button.hidden = false;
  button.addEventListener("click", () =>
    locate(button, (lat, lon) => {
      fillPosition(form, lat, lon);
      form.submit();
    }),
  );
  if (!form.elements.lat.value) mayLocate().then((isGranted) => isGranted && navigator.onLine && button.click());
}

function enhanceFillPosition(button) {
  button.hidden = false;
  button.addEventListener("click", () => locate(button, (lat, lon) => fillPosition(button.form, lat, lon)));
}

if (navigator.geolocation) {
  document.querySelectorAll("[data-locate-near]").forEach(enhanceNearest);
  document.querySelectorAll("[data-fill-position]").forEach(enhanceFillPosition);
}
document.querySelectorAll("[data-plan-board]").forEach(enhancePlanBoard);
document.querySelectorAll("[data-task-queue]").forEach(startTaskQueue);
