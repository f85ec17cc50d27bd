// The search page. It loads Leaflet first (_partials/map_script.html).
import { startLiveMaps } from "./live_map.js";
import { enhanceSheet } from "./sheet.js";

enhanceSheet();
startLiveMaps();
