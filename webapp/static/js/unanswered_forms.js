// A form that nobody answers leaves its page as it is: what was typed and chosen stays, and a notice says so. The service
// worker has sent it (worker/forms.js). Without a worker the browser shows an error page of its own.
import { enableButtons } from "./forms.js";

export function keepUnansweredForms() {
  const notice = document.querySelector("[data-unanswered-form]");
  if (!notice) return; // a copy of a page of an earlier release
  const setHidden = (isHidden) => (notice.hidden = isHidden);
  navigator.serviceWorker?.addEventListener("message", ({ data, ports }) => {
    if (!data.isUnanswered) return;
    ports[0].postMessage("stays");
    enableButtons();
    setHidden(false);
  });
  notice.querySelector("button").addEventListener("click", () => setHidden(true));
  document.addEventListener("submit", () => setHidden(true));
}
