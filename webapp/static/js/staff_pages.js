// Pages of staff: the board, the map and the list of vehicles, saved replies. Loaded by main.js where
// they are.
import { startBoards } from "./board.js";
import { enhanceQuickViews } from "./quick_view.js";
import { enhanceSavedReplies } from "./saved_replies.js";
import { startStaffMaps } from "./staff_map.js";

startBoards();
enhanceSavedReplies();
startStaffMaps();
enhanceQuickViews();
