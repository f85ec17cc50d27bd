// Reading the position of the device.

// Call onPosition with the position, or say beside the button that there is none.
export function locate(button, onPosition) {
  const status = button.closest("form, [data-picker], [data-sheet-layout]").querySelector("[data-locate-status]");
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

// Whether the browser tells the position without asking the user.
export async function mayLocate() {
  if (!navigator.geolocation || !navigator.permissions) return false;
  const permission = await navigator.permissions.query({ name: "geolocation" }).catch(() => null);
  return permission?.state === "granted";
}
