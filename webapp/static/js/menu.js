// Menus close with Escape, and with a click outside. They are <details> and open without JavaScript.

export function enhanceMenus() {
  const openMenus = () => [...document.querySelectorAll("[data-menu][open]")];
  document.addEventListener("click", ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && openMenus().findLast((each) => each.contains(event.target));
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
