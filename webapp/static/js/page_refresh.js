// A page that waits for something: its parts are read again from the server until nothing is left to
// wait for. Without JavaScript the page reloads itself.
import { Poll } from "./poll.js";

// data-refresh: seconds between two readings. The parts are the elements with an id beside it.
export function startPageRefresh() {
  const element = document.querySelector("[data-refresh]");
  if (!element) return;
  const parts = [...element.parentElement.children].filter(({ id }) => id);
  const poll = new Poll();
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const response = await poll.read(location.href);
    const text = await response?.text().catch(() => null);
    if (!text) return; // the next reading tries again
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.querySelector("[data-refresh]")) clearInterval(timer);
    for (const part of parts) showPart(part, page.getElementById(part.id));
  }, 1000 * element.dataset.refresh);
}

// A part with a state is replaced when that changes: until then its buttons keep the focus, and screen
// readers do not read it again.
function showPart(part, next) {
  if (!next || (part.dataset.state && part.dataset.state === next.dataset.state)) return;
  part.dataset.state &&= next.dataset.state;
  part.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
}
