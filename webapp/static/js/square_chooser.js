// Which square of a photo becomes that of a profile: three sliders, and a preview that can be dragged. Without this
// script it is the square in the middle.

// As _find_box in webapp/photos.py does it.
function findBox(bitmap, { zoom, across, down }) {
  const side = (Math.min(bitmap.width, bitmap.height) * 100) / zoom.value;
  return { side, left: ((bitmap.width - side) * across.value) / 100, top: ((bitmap.height - side) * down.value) / 100 };
}

function enhance(form) {
  const chooser = form.querySelector("[data-square]");
  const canvas = chooser.querySelector("canvas");
  const sliders = { zoom: form.elements.zoom, across: form.elements.across, down: form.elements.down };
  let bitmap = null;

  function draw() {
    const { side, left, top } = findBox(bitmap, sliders);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
  }

  form.elements.photo.addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    // What the browser cannot decode is sent all the same: the server explains what is wrong.
    const decoded = file ? await createImageBitmap(file).catch(() => null) : null;
    if (target.files[0] !== file) return; // another file was chosen meanwhile
    bitmap?.close();
    bitmap = decoded;
    for (const slider of Object.values(sliders)) slider.value = slider.defaultValue;
    chooser.hidden = !bitmap;
    if (bitmap) draw();
  });
  for (const slider of Object.values(sliders)) slider.addEventListener("input", () => bitmap && draw());

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, y: event.clientY, across: Number(sliders.across.value), down: Number(sliders.down.value) };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!bitmap || !canvas.hasPointerCapture(event.pointerId)) return;
    const { side } = findBox(bitmap, sliders);
    const scale = (100 * side) / canvas.clientWidth; // percent of a pixel of the photo in one of the screen
    const move = (slider, start, pixels, room) => room > 0 && (slider.value = start - (pixels * scale) / room);
    move(sliders.across, drag.across, event.clientX - drag.x, bitmap.width - side);
    move(sliders.down, drag.down, event.clientY - drag.y, bitmap.height - side);
    draw();
  });
}

for (const form of document.querySelectorAll("[data-square-chooser]")) enhance(form);
