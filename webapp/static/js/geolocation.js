// Buttons that fill a form's lat and lon with the position of the device.

export function locate(button, onPosition) {
  const status = button.closest("form, [data-picker]").querySelector("[data-locate-status]");
  button.disabled = true;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      button.disabled = false;
      status.textContent = "";
      onPosition(coords.latitude, coords.longitude);
    },
    () => {
      button.disabled = false;
      status.textContent = button.dataset.deniedMessage;
    },
    { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 },
  );
}

export function enhanceLocationForms() {
  if (!navigator.geolocation) return;
  for (const button of document.querySelectorAll("[data-location-form] [data-locate]")) {
    button.hidden = false;
    const { form } = button;
    button.addEventListener("click", () =>
      locate(button, (lat, lon) => {
        for (const [name, value] of Object.entries({ lat, lon })) {
          form.elements[name].disabled = false;
          form.elements[name].value = value.toFixed(5);
        }
        form.requestSubmit();
      }),
    );
  }
}
