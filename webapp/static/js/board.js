// An open board: its numbers are read again every few seconds while the page is visible. What has not
// changed costs an empty response. Without JavaScript the page has a link that loads it again.
import { Poll } from "./poll.js";

class Board {
  constructor(element) {
    this.url = element.dataset.numbersUrl;
    this.intervalMs = Number(element.dataset.pollSeconds) * 1000;
    this.fields = [...element.querySelectorAll("[data-number]")];
    this.poll = new Poll();
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.load()));
    this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.load(), this.poll.delay(this.intervalMs));
  }

  async load() {
    const headers = this.etag ? { "If-None-Match": this.etag } : {};
    const response = await this.poll.read(this.url, { headers });
    if (response) {
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
