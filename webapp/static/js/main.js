// Every page works without this; each small module makes one thing better where it finds it.
import { startClocks } from "./clock.js";
import { enhanceForms } from "./forms.js";
import { followMaps } from "./live.js";
import { enhanceLocation } from "./location.js";
import { drawMaps } from "./map.js";
import { recordPath } from "./path.js";
import { closeMenus } from "./menu.js";
import { enhancePhotos } from "./photos.js";
import { enhancePickers } from "./picker.js";

document.documentElement.classList.add("js");
startClocks();
enhanceForms();
closeMenus();
drawMaps();
followMaps();
enhancePickers();
enhanceLocation();
recordPath();
enhancePhotos();
