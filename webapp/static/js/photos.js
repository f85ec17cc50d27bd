// Photos are shown before they are sent, and made as small as they are kept. Drawn on a canvas, so
// that the page needs no leave to show files of other origins.
const LONGEST = 1600;

async function smaller(file) {
  const picture = await createImageBitmap(file); // upright
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // where a picture is clear, a JPEG would be black
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

function asFile(canvas, name) {
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(new File([blob], name, { type: "image/jpeg" })) : failed()), "image/jpeg", 0.85),
  );
}

// What this browser cannot read is sent as it is: the server says what is wrong with it.
async function prepare(input) {
  input.parentElement.querySelector(".photo-preview")?.remove();
  const [file] = input.files;
  if (!file) return;
  const canvas = await smaller(file);
  const made = await asFile(canvas, "photo.jpg");
  if (input.files[0] !== file) return; // another was chosen meanwhile
  if (made.size < file.size) {
    const files = new DataTransfer();
    files.items.add(made);
    input.files = files.files;
  }
  canvas.className = "photo-preview";
  canvas.setAttribute("aria-hidden", "true");
  input.after(canvas);
}

export function enhancePhotos() {
  for (const input of document.querySelectorAll("[data-photo-fields] input[type=file]")) {
    input.addEventListener("change", () => prepare(input).catch(() => {}));
  }
}
