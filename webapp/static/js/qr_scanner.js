// Scanning the label of a vehicle with the camera, in the page. The browser's own BarcodeDetector is
// used where it reads QR codes; else a library is loaded, when somebody scans.

const DECODER = new URL("../vendor/qr/decode.js", import.meta.url);
const PAUSE_MS = 150; // between two looks at the picture
const LABEL_PATH = /\/v\/([^/?#]+)$/; // the address on a label ends like this

async function createDetector() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  const Detector = formats.includes("qr_code") ? globalThis.BarcodeDetector : (await import(DECODER)).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
}

function readCode(text) {
  try {
    return decodeURIComponent(URL.canParse(text) ? (LABEL_PATH.exec(new URL(text).pathname)?.[1] ?? "") : text);
  } catch {
    return null; // a percent sign that escapes nothing
  }
}

class QrScanner {
  constructor(element) {
    this.element = element;
    this.video = element.querySelector("video");
    this.status = element.querySelector("[role=status]");
    this.button = element.querySelector("button");
    this.frame = element.querySelector("[data-scan-frame]");
    element.hidden = false;
    this.button.addEventListener("click", () => (this.stream ? this.stop() : this.start()));
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
    window.addEventListener("pagehide", () => this.stop());
  }

  say(message) {
    this.status.textContent = this.element.dataset[message] ?? "";
  }

  async start() {
    this.button.disabled = true;
    this.say("waitingMessage");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.video.srcObject = this.stream;
      this.frame.hidden = false;
      await this.video.play();
      const detector = await createDetector();
      this.button.textContent = this.element.dataset.stopLabel;
      this.say("scanningMessage");
      this.look(detector, this.stream);
    } catch (error) {
      this.stop();
      const isRefused = error.name === "NotAllowedError" || error.name === "SecurityError";
      const isMissing = error.name === "NotFoundError" || error.name === "OverconstrainedError";
      this.say(isRefused ? "refusedMessage" : isMissing ? "missingMessage" : "failedMessage");
    }
    this.button.disabled = false;
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
    this.frame.hidden = true;
    this.button.textContent = this.element.dataset.startLabel;
    this.say("");
  }

  // Look at the picture again and again, until there is the code of a vehicle.
  async look(detector, stream) {
    if (this.stream !== stream) return;
    const [found] = await detector.detect(this.video).catch(() => []);
    if (this.stream !== stream) return;
    if (found && this.open(found.rawValue)) return;
    if (found) this.say("strangeMessage");
    setTimeout(() => this.look(detector, stream), PAUSE_MS);
  }

  // Only the code is taken from an address: a strange label must not lead to another site.
  open(text) {
    const code = readCode(text);
    if (!code || code.length > 100) return false;
    this.stop();
    location.assign(this.element.dataset.codeUrl.replace("CODE", encodeURIComponent(code)));
    return true;
  }
}

export function enhanceQrScanners() {
  if (!navigator.mediaDevices?.getUserMedia) return;
  document.querySelectorAll("[data-qr-scanner]").forEach((element) => new QrScanner(element));
}
