// The pages with a map, apart from the search page (search_map.js). They load Leaflet first
// (_partials/map_script.html).
import { drawMaps } from "./page_map.js";
import { drawPlaceMaps } from "./place_map.js";
import { enhancePointPickers } from "./point_picker.js";

drawMaps();
drawPlaceMaps();
enhancePointPickers();
