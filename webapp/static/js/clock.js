// The clock of a running ride. The page carries the time that had passed when the server made it,
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

export function startClocks() {
  const loaded = Date.now();
  const clocks = [...document.querySelectorAll("[data-clock]")].map((element) => ({
    element,
    passed: seconds(element.textContent),
  }));
  if (!clocks.length) return;
  setInterval(() => {
    const since = Math.floor((Date.now() - loaded) / 1000);
    for (const { element, passed } of clocks) element.textContent = written(passed + since);
  }, 1000);
}
