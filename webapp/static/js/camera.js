// Pages with photos to send or labels to scan. Loaded by main.js where they are.
import { enhancePhotoFields } from "./photo_upload.js";
import { enhanceQrScanners } from "./qr_scanner.js";

enhancePhotoFields();
enhanceQrScanners();
