// Menus close with Escape, and when something else is pressed. They open without this.

export function closeMenus() {
  const open = () => [...document.querySelectorAll("[data-menu][open]")];
  document.addEventListener("click", ({ target }) => {
    for (const menu of open()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && open().findLast((each) => each.contains(event.target));
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
