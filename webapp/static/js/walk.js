// The way to the one vehicle of a page: its distance, direction and minutes, from where the person is.
import { mayAnimate } from "./marker_motion.js";
import { OwnPosition } from "./own_position.js";
import { WalkHint } from "./walk_hint.js";

const EDGE = 0.15; // of the map: where a dot is near its end
const FIT = { paddingTopLeft: [32, 64], paddingBottomRight: [72, 32], maxZoom: 17 };

// From page_map.js, which has loaded this.
document.addEventListener("walkrequest", ({ target: element, detail: { map, destination } }) => {
  const { units } = JSON.parse(element.dataset.mapTexts);
  const texts = JSON.parse(element.dataset.walkTexts);
  const button = element.parentElement.querySelector("[data-locate]");
  const hint = new WalkHint(map, texts, units);
  element.parentElement.after(hint.create(destination));
  const position = new OwnPosition(map, { button, texts: texts.position, units });
  const showBoth = () => map.fitBounds([position.point, destination], { ...FIT, animate: mayAnimate() });
  position.onFirst = showBoth;
  position.onFollow = () => map.getBounds().pad(-EDGE).contains(position.point) || showBoth();
  position.onChange = () => hint.update(position.point);
  position.toggle();
});
