// The list of the search page: sorted by the distance from the middle of the map, and read again from
// the server when the map has moved. The server's page is the only place that knows how a list looks.

const POINT_DIGITS = 4; // 10 m: more says where a person lives, and moves no vehicle in the list

export class ResultList {
  // radii: those that the server searches within, metres, the smallest first.
  constructor(listUrl, radii) {
    this.element = document.querySelector("[data-results]");
    this.listUrl = listUrl;
    this.radii = radii;
    this.element.addEventListener("focusout", () => setTimeout(() => this.showPending()));
  }

  get rows() {
    return [...this.element.querySelectorAll("li[data-vehicle]")];
  }

  sort(measure) {
    const list = this.element.querySelector(".card-list");
    if (!list || list.contains(document.activeElement)) return;
    const distance = ({ dataset: { lat, lon } }) => (lat ? measure([lat, lon]) : Infinity);
    const sorted = this.rows.map((row) => [distance(row), row]).sort(([a], [b]) => a - b);
    list.append(...sorted.map(([, row]) => row));
  }

  // Load the vehicles nearest to a point.
  load({ lat, lng }, radiusM, isViewer) {
    const url = new URL(this.listUrl, location.href);
    const radius = this.radii.find((each) => each >= radiusM) ?? this.radii.at(-1);
    const args = { lat: lat.toFixed(POINT_DIGITS), lon: lng.toFixed(POINT_DIGITS), within: radius, ...(isViewer ? {} : { near: "map" }) };
    for (const [name, value] of Object.entries(args)) url.searchParams.set(name, value);
    return this.open(url);
  }

  // Load the list of an address. A newer request replaces one that is on its way.
  async open(url) {
    this.cancel();
    const { signal } = (this.request = new AbortController());
    const read = (response) => (response.ok ? response.text() : null);
    const text = await fetch(url, { signal }).then(read).catch(() => null);
    if (!text) return; // the list stays, and the next move tries again
    const page = new DOMParser().parseFromString(text, "text/html");
    const results = page.querySelector("[data-results]");
    if (!results || signal.aborted) return;
    this.pending = { url, nodes: [...results.childNodes] };
    this.showPending();
  }

  // Not while the focus is in the list: it would be lost.
  showPending() {
    if (!this.pending || this.element.contains(document.activeElement)) return;
    const { url, nodes } = this.pending;
    history.replaceState({ isList: true }, "", url);
    this.show(nodes);
  }

  // Show something else than what is on its way.
  show(nodes) {
    this.cancel();
    this.element.replaceChildren(...nodes.map((node) => document.importNode(node, true)));
    this.element.parentElement.scrollTop = 0;
    this.element.dispatchEvent(new Event("listchange"));
  }

  cancel() {
    this.request?.abort();
    this.pending = null;
  }
}
