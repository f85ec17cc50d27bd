"""A browser window of a test: it opens pages, inspects them and takes pictures of them."""

import os
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page

from tests.browser.axe import find_violations
from tests.factories import PASSWORD

PHONE, DESK = (390, 844), (1280, 800)
SCREENSHOTS = Path(__file__).parents[2] / "instance" / "screenshots"
#: Pictures are for people, and take time: no test needs them.
TAKES_SCREENSHOTS = os.environ.get("MOVR_SCREENSHOTS") == "1"
#: The tiles of the map do not load here, and the answer to a refused form is an error, too. Without
#: network, Chromium says that it can't look for a newer service worker.
EXPECTED_ERRORS = ("Failed to load resource", "error occurred when fetching the script")
#: What a page shows that is wider than its box, or ends beside the window: a line for each. Fields cut what
#: is too long for them by themselves, and what scrolls may be wider.
TOO_WIDE = """() => {
  const describe = (element) => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 60)}`;
  const scrolls = (element) => element.closest(".leaflet-container, .visually-hidden, [hidden]") || [...ancestors(element)].some(
    (each) => ["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowX));
  function* ancestors(element) { for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) yield each; }
  const found = [];
  for (const element of document.querySelectorAll("body *:not(script, style, option, br)")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest("svg, input, select, textarea, video")) continue;
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const style = getComputedStyle(element);
    const isCut = element.scrollWidth > element.clientWidth + 4 && element.clientWidth > 0 && style.overflowX !== "auto";
    if (isCut && element.matches(".btn, button, summary, th, td, dt, dd, label, .tag, h1, h2, h3, p, nav a, li, legend")
        && !element.matches(".visually-hidden, .leaflet-container *")) {
      found.push(`wider than its box: ${describe(element)}`);
    }
    if ((box.left < -1 || box.right > window.innerWidth + 1) && !element.matches(".visually-hidden") && style.position !== "absolute"
        && !scrolls(element)) {
      found.push(`beside the window: ${describe(element)}`);
    }
  }
  return found;
}"""
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"


class Screen:
    """A page of a browser, with the errors and the violations that it must not have."""

    def __init__(self, page: Page, site: str, name: str) -> None:
        self.page = page
        self.site = site
        self.name = name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in EXPECTED_ERRORS):
            self.errors.append(message.text)

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.site + path)
        return self.page

    def sign_in(self, username: str, path: str = "/login", password: str = PASSWORD) -> Page:
        """Sign in by the form that ``path`` leads to."""
        page = self.go(path)
        page.get_by_label("Username or e-mail").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        return page

    def inspect(self, step: str = "") -> None:
        """Note what hinders people on the page as it is now, on a phone and on a desk; the end of
        the test fails on it.

        With a step, also take pictures of that name in both colour schemes.
        """
        before = self.page.viewport_size
        for width, height in (PHONE, DESK):
            self.page.set_viewport_size({"width": width, "height": height})
            self.errors += [f"{width} px: {line}" for line in find_violations(self.page)]
            overflow = self.page.evaluate(OVERFLOW)
            if overflow > 0:
                self.errors.append(f"{width} px: {self.page.url} is {overflow} px too wide")
            if (width, height) == PHONE:
                wide = self.page.evaluate(TOO_WIDE)
                self.errors += [f"{width} px: {self.page.url}: {line}" for line in wide]
            if step:
                self.shoot(step)
        if before:
            self.page.set_viewport_size(before)

    def speak(self, language: str) -> None:
        """Let the pages that are opened from now on be in another language."""
        self.page.context.add_cookies([{"name": "language", "value": language, "url": self.site}])

    def shoot(self, step: str) -> None:
        """Take a picture in both colour schemes, if MOVR_SCREENSHOTS=1 asks for pictures."""
        if not TAKES_SCREENSHOTS:
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_timeout(250)  # for the eye: the map has settled
            width = self.page.evaluate("window.innerWidth")
            self.page.screenshot(path=SCREENSHOTS / f"{self.name}-{width}-{step}-{scheme}.png")

    def open_menu(self) -> None:
        """Open the menu, where the window is narrow enough to have one."""
        self.page.wait_for_load_state()  # the style sheets tell which menu is shown
        menu = self.page.locator(".menu > summary")
        if menu.is_visible():
            menu.click()
