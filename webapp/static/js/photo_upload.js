// Photos are previewed and scaled down before they are sent. The preview is a canvas, because the
// content security policy allows no blob: images.
const MAX_SIDE_PX = 1600; // longest side

async function scaleDown(file) {
  const bitmap = await createImageBitmap(file); // applies the EXIF orientation
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // JPEG has no transparency: without it, transparent pixels turn black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

function toJpegFile(canvas, name) {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(new File([blob], name, { type: "image/jpeg" })) : reject()), "image/jpeg", 0.85),
  );
}

async function preparePhoto(input) {
  input.parentElement.querySelector(".photo-preview")?.remove();
  const [file] = input.files;
  if (!file) return;
  const canvas = await scaleDown(file);
  const scaled = await toJpegFile(canvas, file.name.replace(/\.\w+$/, "") + ".jpg"); // the input shows it
  if (input.files[0] !== file) return; // another file was chosen meanwhile
  if (scaled.size < file.size) {
    const transfer = new DataTransfer();
    transfer.items.add(scaled);
    input.files = transfer.files;
  }
  canvas.className = "photo-preview";
  canvas.setAttribute("aria-hidden", "true");
  input.after(canvas);
}

export function enhancePhotoFields() {
  for (const input of document.querySelectorAll("[data-photo-fields] input[type=file]")) {
    // A file that the browser cannot decode is sent unchanged: the server explains what is wrong.
    input.addEventListener("change", () => preparePhoto(input).catch(() => {}));
  }
}
