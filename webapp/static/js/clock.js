// The clock of a running ride and the countdown of a reservation. Both start from the duration that
// the server wrote into the page, so the device's own clock may be wrong.
import { copiedAt } from "./service_worker.js";

function parseDuration(text) {
  return text.trim().split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function formatDuration(seconds) {
  const pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

// The page holds the moments at which the price of a running ride changes.
function updatePrice(element, elapsedSeconds) {
  const reached = JSON.parse(element.dataset.priceSteps).filter(([moment]) => moment <= elapsedSeconds);
  if (reached.length) element.textContent = reached[reached.length - 1][1];
}

// The messages of reminders whose time comes while the page is open. They come by mail, too.
function showReminders(status, elapsedSeconds) {
  const due = [...document.querySelectorAll("[data-reminder]")].filter((element) => element.dataset.reminderSeconds <= elapsedSeconds);
  if (!due.length) return;
  status.className = "flash flash-info";
  status.textContent = [status.textContent, ...due.map((element) => element.dataset.reminder)].join(" ").trim();
  for (const element of due) element.remove();
}

// The end of a ride waits for the network: the server will count until it was pressed, if that is not longer
// ago than it believes. Milliseconds; null: no end waits.
let stoppedAt = null;
let maxStoppedMs = 0;

let update = () => {};

export function stopClocksAt(pressedAt, believedMs) {
  stoppedAt = pressedAt;
  maxStoppedMs = believedMs;
  update();
}

const countedUntil = () => (stoppedAt === null ? Date.now() : Math.min(Date.now(), Math.max(stoppedAt, Date.now() - maxStoppedMs)));

export function startClocks() {
  const loadedAt = copiedAt ?? Date.now();
  const read = (element) => ({ element, initial: parseDuration(element.textContent) });
  const clocks = [...document.querySelectorAll("[data-clock]")].map(read);
  const countdowns = [...document.querySelectorAll("[data-countdown]")].map(read);
  const price = document.querySelector("[data-price-steps]");
  const reminderStatus = document.querySelector("[data-reminder-status]");
  if (!clocks.length && !countdowns.length) return;
  update = () => {
    const sinceLoad = Math.floor((Date.now() - loadedAt) / 1000);
    const ridden = Math.floor((countedUntil() - loadedAt) / 1000);
    for (const { element, initial } of clocks) element.textContent = formatDuration(Math.max(0, initial + ridden));
    for (const { element, initial } of countdowns) element.textContent = formatDuration(Math.max(0, initial - sinceLoad));
    if (price) updatePrice(price, Number(price.dataset.elapsedSeconds) + ridden);
    if (reminderStatus) showReminders(reminderStatus, clocks[0].initial + sinceLoad);
  };
  setInterval(update, 1000);
  if (copiedAt) update();
}
