"""Draws the icons and screenshots that a phone shows when it installs the site as an app.

    python -m tests.browser.app_images http://127.0.0.1:8000

The icons are made of ``img/mark.svg``, the screenshots of a server with the demo's data.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.screen import DESK, PHONE

IMAGES = Path(__file__).parents[2] / "webapp/static/img"
FOLDER = IMAGES / "app"
#: The colour of the mark's own ground.
GROUND = "#0b6b5d"
#: Of an icon that a phone may cut to a circle, this part is always seen.
SAFE_SHARE = 0.8
#: What a picture of the demo does not show: its notice, and that no street map loads here.
HIDDEN = ".map-note, .city-notice { display: none }"
#: By name: pixels, the part of the icon that the mark takes, and the colour behind it.
ICONS = {
    "icon-192.png": (192, 1.0, "transparent"),
    "icon-512.png": (512, 1.0, "transparent"),
    "maskable-512.png": (512, SAFE_SHARE, GROUND),
    "apple-touch-icon.png": (180, SAFE_SHARE, GROUND),
}

BADGE_PX = 96


def draw_icons(browser: Browser) -> None:
    mark = (IMAGES / "mark.svg").read_text()
    draw_badge(browser, mark)
    for name, (pixels, share, ground) in ICONS.items():
        page = browser.new_page(viewport={"width": pixels, "height": pixels})
        side = round(pixels * share)
        page.set_content(
            f"<body style='margin:0;height:100vh;display:grid;place-items:center;background:{ground}'>"
            f"{mark.replace('<svg', f'<svg width={side} height={side}', 1)}"
        )
        page.screenshot(path=FOLDER / name, omit_background=True)
        page.close()


def draw_badge(browser: Browser, mark: str) -> None:
    """Draw what Android shows in its status bar for a message: the mark without its ground, because
    only what is not transparent is seen, in one colour."""
    drawing = re.sub(r"<rect[^>]*/>", "", mark).replace("0 0 32 32", "4 4 24 24")
    page = browser.new_page(viewport={"width": BADGE_PX, "height": BADGE_PX})
    page.set_content(f"<body style='margin:0'>{drawing}")
    page.screenshot(path=FOLDER / "badge-96.png", omit_background=True)
    page.close()


def take_screenshots(browser: Browser, site: str) -> None:
    for name, (width, height), scale in (("phone.png", PHONE, 2), ("desk.png", DESK, 1)):
        viewport = {"width": width, "height": height}
        page = browser.new_page(viewport=viewport, device_scale_factor=scale, bypass_csp=True)  # type: ignore[arg-type]
        page.goto(f"{site}/city/new%20york", wait_until="networkidle")
        page.add_style_tag(content=HIDDEN)
        page.screenshot(path=FOLDER / name)
        page.close()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        draw_icons(running)
        if len(sys.argv) > 1:
            take_screenshots(running, sys.argv[1])
