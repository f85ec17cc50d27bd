// Every page works without JavaScript. Each module enhances one kind of element where it finds it.
import { startBoards } from "./board.js";
import { startClocks } from "./clock.js";
import { enhanceForms } from "./forms.js";
import { guardKeptData } from "./kept_data.js";
import { startLiveMaps } from "./live_map.js";
import { drawMaps } from "./map.js";
import { enhanceMenus } from "./menu.js";
import { enhancePhotoFields } from "./photo_upload.js";
import { startPageRefresh } from "./page_refresh.js";
import { enhancePointPickers } from "./point_picker.js";
import { enhanceQuickViews } from "./quick_view.js";
import { enhanceQrScanners } from "./qr_scanner.js";
import { enhancePathRecorder } from "./ride_path.js";
import { enhanceSavedReplies } from "./saved_replies.js";
import { enhanceSheet } from "./sheet.js";
import { startStaffMaps } from "./staff_map.js";
import { enhanceStaffSearch } from "./staff_search.js";

document.documentElement.classList.add("js");
startClocks();
startBoards();
startPageRefresh();
enhanceForms();
guardKeptData();
enhanceMenus();
drawMaps();
enhanceSavedReplies();
enhanceSheet();
enhanceStaffSearch();
startLiveMaps();
startStaffMaps();
enhancePointPickers();
enhancePathRecorder();
enhancePhotoFields();
enhanceQrScanners();
enhanceQuickViews();
if (document.querySelector("[data-task-queue], [data-plan-board]")) import("./tasks.js").catch(() => {}); // left meanwhile
