// The clock of a running ride and the countdown of a reservation. Both start from the duration that
// the server wrote into the page, so the device's own clock may be wrong.

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

export function startClocks() {
  const loadedAt = Date.now();
  const read = (element) => ({ element, initial: parseDuration(element.textContent) });
  const clocks = [...document.querySelectorAll("[data-clock]")].map(read);
  const countdowns = [...document.querySelectorAll("[data-countdown]")].map(read);
  const price = document.querySelector("[data-price-steps]");
  if (!clocks.length && !countdowns.length) return;
  setInterval(() => {
    const sinceLoad = Math.floor((Date.now() - loadedAt) / 1000);
    for (const { element, initial } of clocks) element.textContent = formatDuration(initial + sinceLoad);
    for (const { element, initial } of countdowns) element.textContent = formatDuration(Math.max(0, initial - sinceLoad));
    if (price) updatePrice(price, Number(price.dataset.elapsedSeconds) + sinceLoad);
  }, 1000);
}
