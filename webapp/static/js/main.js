// Every page works without JavaScript. Each module enhances one kind of element where it finds it. Maps have a
// file of their own (maps.js).
import { startClocks } from "./clock.js";
import { enhanceForms } from "./forms.js";
import { enhanceInstallButton } from "./install.js";
import { guardKeptData } from "./kept_data.js";
import { loadMapScripts } from "./map_scripts.js";
import { enhanceMenus } from "./menu.js";
import { startPageRefresh } from "./page_refresh.js";
import { enhancePasskeyButtons } from "./passkey_buttons.js";
import { enhancePushForm, readOpenedMessages, showUnreadOnIcon, turnOnAgain } from "./push.js";
import { startRideEnd } from "./ride_end.js";
import { enhancePathRecorder } from "./ride_path.js";
import { startServiceWorker } from "./service_worker.js";
import { enhanceStaffSearch } from "./staff_search.js";
import { keepUnansweredForms } from "./unanswered_forms.js";

document.documentElement.classList.add("js");
const map = loadMapScripts();
startClocks();
startPageRefresh();
enhanceForms();
guardKeptData();
enhanceInstallButton();
startServiceWorker();
enhanceMenus();
enhanceStaffSearch();
enhancePathRecorder();
startRideEnd();
enhancePasskeyButtons();
enhancePushForm();
readOpenedMessages();
showUnreadOnIcon();
turnOnAgain().catch(() => {}); // with the next page
keepUnansweredForms();

// What few pages need is loaded by them. An error: somebody has left the page meanwhile.
const has = (selector) => document.querySelector(selector);
if (has("[data-task-queue], [data-plan-board]")) import("./tasks.js").catch(() => {});
if (has("[data-zone-editor], [data-area-map]")) map.then(() => import("./zone_pages.js")).catch(() => {});
if (has("[data-photo-fields], [data-qr-scanner]")) import("./camera.js").catch(() => {});
if (has("[data-numbers-url], [data-quick-view], [data-saved-replies], [data-staff-map-url]")) map.then(() => import("./staff_pages.js")).catch(() => {});
if (has("[data-square-chooser]")) import("./square_chooser.js").catch(() => {});
if (has("[data-zone-guess]")) import("./time_zone.js").catch(() => {});
if (has("[data-translate]")) import("./translations.js").catch(() => {});
if (has("[data-proof]")) import("./proof_of_work.js").catch(() => {});
