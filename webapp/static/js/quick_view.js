// The list of vehicles for staff: on a wide screen the page of a vehicle opens beside the list. Without
// JavaScript, on a narrow screen, or with a key pressed, the link opens the page itself.

const WIDE = window.matchMedia("(min-width: 1000px)");

class QuickView {
  constructor(element) {
    this.rows = element.querySelector("tbody");
    this.view = element.querySelector("[data-quick-view-content]");
    this.rows.addEventListener("click", (event) => this.open(event));
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
  }

  open(event) {
    const link = event.target.closest("th a");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || !WIDE.matches) return;
    event.preventDefault();
    this.load(link);
  }

  async load(link) {
    this.request?.abort();
    const { signal } = (this.request = new AbortController());
    const read = (response) => (response.ok ? response.text() : null);
    const text = await fetch(link.href, { signal, redirect: "error" }).then(read).catch(() => null);
    if (signal.aborted) return; // another vehicle was chosen
    const article = text && new DOMParser().parseFromString(text, "text/html").querySelector("main article");
    if (!article) return location.assign(link.href); // the page itself says what is wrong
    this.close();
    this.link = link;
    link.closest("tr").classList.add("is-selected");
    article.querySelectorAll(".back-link, [data-map]").forEach((part) => part.remove());
    this.view.replaceChildren(this.createHead(link.href), ...[...article.childNodes].map((node) => document.importNode(node, true)));
    this.view.hidden = false;
    this.view.scrollTop = 0;
    this.view.focus();
  }

  createHead(href) {
    const { fullText, closeText } = this.view.dataset;
    const head = Object.assign(document.createElement("p"), { className: "quick-view-head" });
    const close = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-primary btn-compact", textContent: closeText });
    close.addEventListener("click", () => this.close());
    head.append(Object.assign(document.createElement("a"), { href, textContent: fullText }), close);
    return head;
  }

  close() {
    this.link?.closest("tr").classList.remove("is-selected");
    if (this.view.contains(document.activeElement)) this.link?.focus();
    this.view.hidden = true;
  }
}

export function enhanceQuickViews() {
  document.querySelectorAll("[data-quick-view]").forEach((element) => new QuickView(element));
}
