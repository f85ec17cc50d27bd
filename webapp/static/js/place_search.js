// Places by their name, in the list of the search page: what the page of places shows (_places.html). Without
// this script the search is a page of its own.
import { format } from "./texts.js";

const status = document.querySelector("[data-place-status]");
let request;

document.addEventListener("placesearch", ({ detail }) => {
  request?.abort();
  status.textContent = "";
  if (detail.question) search(detail);
  else showAddress(detail.liveMap);
});

async function search({ liveMap, button, question, isNew }) {
  const { signal } = (request = new AbortController());
  if (isNew) remember(question);
  else button.form.elements.q.value = question;
  status.textContent = format(status.dataset.text, { name: question });
  const url = new URL(button.formAction);
  url.searchParams.set("q", question);
  const read = (response) => (response.ok ? response.text() : "");
  const text = await fetch(url, { signal }).then(read).catch(() => "");
  if (signal.aborted) return; // a newer search has replaced this one
  status.textContent = "";
  show(liveMap, new DOMParser().parseFromString(text, "text/html").querySelector("[data-places]"));
}

// For who goes back. The address stays that of a list, because a reload shows one.
function remember(question) {
  if (!history.state) history.replaceState({ isList: true }, "");
  if (history.state.places) history.replaceState({ places: question }, "");
  else history.pushState({ places: question }, "");
}

function show(liveMap, places) {
  const { list } = liveMap;
  clearTimeout(liveMap.listTimer);
  list.show([places ?? document.querySelector("[data-places-failed]").content]);
  const title = list.element.querySelector("[data-places-title]");
  if (!title) return; // the field keeps the focus, and what was typed; the words are announced
  document.querySelector("#sheet-title").focus(); // opens the sheet of a phone
  title.focus();
  for (const link of list.element.querySelectorAll("[data-places] a.card-title")) {
    link.addEventListener("click", (event) => choose(event, liveMap, link));
  }
}

function choose(event, liveMap, link) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab or window
  event.preventDefault();
  history.pushState({ isList: true }, "", link.href);
  document.querySelector("#sheet-title").focus();
  status.textContent = link.textContent;
  liveMap.goTo(pointOf(link.href));
}

function pointOf(address) {
  const { searchParams } = new URL(address);
  return [Number(searchParams.get("lat")), Number(searchParams.get("lon"))];
}

// Somebody went back to a list.
function showAddress(liveMap) {
  // The list waits while the focus is in it.
  if (liveMap.list.element.contains(document.activeElement)) document.querySelector("#sheet-title").focus();
  const { searchParams } = new URL(location.href);
  if (searchParams.has("lat") && !searchParams.has("near")) return liveMap.goTo(pointOf(location.href));
  liveMap.choosePoint(null);
  liveMap.list.open(location.href);
}
