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
#: Words of other languages are longer than ours: German ones by a third.
LENGTHEN_WORDS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest("script, style, svg")) {
      text.data = text.data.replace(/[a-z]{4,20}/gi, (word) => word + word.slice(-Math.ceil(word.length / 3)));
    }
  }
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
        page.get_by_role("button", name="Sign in").click()
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
            if step:
                self.shoot(step)
        if before:
            self.page.set_viewport_size(before)

    def inspect_with_long_words(self) -> None:
        """Note if the page is too wide for a phone when its words are longer. It keeps them."""
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self.page.evaluate(LENGTHEN_WORDS)
        overflow = self.page.evaluate(OVERFLOW)
        if overflow > 0:
            self.errors.append(f"With long words {self.page.url} is {overflow} px too wide")

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
