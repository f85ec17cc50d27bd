// Leaflet and the script of the page's map (_partials/map_script.html). They begin to load when this module runs, which
// is after the style sheet: beside it they would delay what is seen first. The promise is kept when they have run.
export function loadMapScripts() {
  const template = document.querySelector("[data-map-scripts]");
  return Promise.all([...(template?.content.cloneNode(true).children ?? [])].map(run));
}

function run(script) {
  script.async = false; // one after the other
  return new Promise((done) => {
    script.onload = script.onerror = done;
    document.head.append(script);
  });
}
