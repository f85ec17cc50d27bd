// Pages that read their numbers again every few seconds. Their requests say so (X-Poll): an open page is no
// use of the session, which ends by its time. The page says when it has ended, and how old its numbers are
// after some failures.
const POLL_HEADERS = { "X-Poll": "1" };
const SHOWN_FAILURES = 3;
const MAX_BACKOFF_FACTOR = 12;
const { lang, dataset } = document.documentElement;
export const TIME = new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit", hour12: dataset.clockHours === "12" });

export const readAsPoll = (url, options = {}) => fetch(url, { ...options, headers: { ...POLL_HEADERS, ...options.headers } });

export class Poll {
  constructor() {
    this.failures = 0;
    this.answeredAt = new Date();
  }

  // How long to wait for the next request: longer after failures.
  delay(intervalMs) {
    return intervalMs * Math.min(2 ** this.failures, MAX_BACKOFF_FACTOR);
  }

  // Return the response if it has something new, else null.
  async read(url, options = {}) {
    const response = await readAsPoll(url, { ...options, redirect: "manual" }).catch(() => null);
    if (options.signal?.aborted) return null;
    const isAnswer = response?.ok || response?.status === 304;
    this.failures = isAnswer ? 0 : this.failures + 1;
    if (isAnswer) this.answeredAt = new Date();
    const isSignedOut = response?.type === "opaqueredirect" || response?.status === 401;
    this.show(isSignedOut ? "signed-out" : this.failures >= SHOWN_FAILURES ? "old" : "");
    return response?.ok ? response : null;
  }

  show(shown) {
    for (const line of document.querySelectorAll("[data-poll-notice]")) {
      line.hidden = line.dataset.pollNotice !== shown;
      if (line.dataset.text) line.textContent = line.dataset.text.replace("{time}", TIME.format(this.answeredAt));
    }
  }
}
