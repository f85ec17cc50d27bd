// The key "/" moves the focus to the search of staff, wherever the page is read. Without JavaScript
// the field is reached like any other.

const WRITING = "input, textarea, select, [contenteditable]";

export function enhanceStaffSearch() {
  const field = document.querySelector("[data-search-key]");
  if (!field) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(WRITING)) return;
    event.preventDefault();
    const menu = field.closest("details");
    if (menu && !field.checkVisibility()) menu.open = true;
    field.focus();
    field.select();
  });
}
