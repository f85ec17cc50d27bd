// An open board: its numbers are read again every few seconds while the page is visible. What has not
// changed costs an empty response. Without JavaScript the page has a link that loads it again.

const MAX_BACKOFF_FACTOR = 12; // times the interval, after errors

class Board {
  constructor(element) {
    this.url = element.dataset.numbersUrl;
    this.intervalMs = Number(element.dataset.pollSeconds) * 1000;
    this.fields = [...element.querySelectorAll("[data-number]")];
    this.failures = 0;
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.load()));
    this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    const factor = Math.min(2 ** this.failures, MAX_BACKOFF_FACTOR);
    if (!document.hidden) this.timer = setTimeout(() => this.load(), this.intervalMs * factor);
  }

  async load() {
    const headers = this.etag ? { "If-None-Match": this.etag } : {};
    const response = await fetch(this.url, { headers, redirect: "error" }).catch(() => null);
    const isAnswer = response && (response.ok || response.status === 304);
    this.failures = isAnswer ? 0 : this.failures + 1;
    if (response?.ok) {
      this.etag = response.headers.get("ETag");
      this.show(await response.json());
    }
    this.schedule();
  }

  show(numbers) {
    for (const field of this.fields) {
      const [text, isLoud] = numbers[field.dataset.number] ?? ["0", false];
      if (field.textContent !== text) field.textContent = text;
      if (!("alert" in field.dataset)) continue;
      const counter = field.closest(".counter");
      counter.classList.toggle("counter-alert", isLoud);
      counter.classList.toggle("counter-quiet", !isLoud);
    }
  }
}

export function startBoards() {
  document.querySelectorAll("[data-numbers-url]").forEach((element) => new Board(element));
}
