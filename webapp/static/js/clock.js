// The clock of a running ride and the countdown of a reservation. The page carries the time that had passed when the server made it,
// so a wrong clock on the phone does no harm.

function seconds(text) {
  return text.trim().split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function written(total) {
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

// The price of a running ride rises at moments that the page knows in advance.
function showPrice(element, passed) {
  const due = JSON.parse(element.dataset.priceSteps).filter(([moment]) => moment <= passed);
  if (due.length) element.textContent = due[due.length - 1][1];
}

export function startClocks() {
  const loaded = Date.now();
  const read = (element) => ({ element, shown: seconds(element.textContent) });
  const clocks = [...document.querySelectorAll("[data-clock]")].map(read);
  const countdowns = [...document.querySelectorAll("[data-countdown]")].map(read);
  const price = document.querySelector("[data-price-steps]");
  if (!clocks.length && !countdowns.length) return;
  setInterval(() => {
    const since = Math.floor((Date.now() - loaded) / 1000);
    for (const { element, shown } of clocks) element.textContent = written(shown + since);
    for (const { element, shown } of countdowns) element.textContent = written(Math.max(0, shown - since));
    if (price) showPrice(price, Number(price.dataset.elapsedSeconds) + since);
  }, 1000);
}
