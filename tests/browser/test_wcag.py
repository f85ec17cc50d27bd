"""What WCAG 2.2 asks for beyond what axe finds: docs/accessibility.md goes through it point by point."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import OVERFLOW, PHONE, TOO_WIDE, Screen
from tests.factories import UserFactory, VehicleFactory

#: A narrow phone, which is also a desk at 400 %; a desk of 1280 px at 200 %.
REFLOW_SIZES = ((320, 640), (640, 400))
#: Success criterion 1.4.12.
TEXT_SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
#: Targets below 24 px whose circle of 24 px meets another target; links in a sentence may (2.5.8).
SMALL_TARGETS = """() => {
  const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".visually-hidden"))
    .map((each) => each.closest("label") ?? each).map((each) => ({ each, box: each.getBoundingClientRect() }));
  const isInSentence = (each) => getComputedStyle(each).display === "inline"
    && each.parentElement.textContent.trim().length > each.textContent.trim().length + 3;
  const distance = (box, x, y) => Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  return targets.filter(({ each, box }) => box.width > 1 && Math.min(box.width, box.height) < 24 && !isInSentence(each)
    && targets.some((other) => other.each !== each && !other.each.contains(each) && !each.contains(other.each)
      && distance(other.box, (box.left + box.right) / 2, (box.top + box.bottom) / 2) < 12)).map(({ each }) => each.outerHTML.slice(0, 120));
}"""
#: Whether the element with the focus has a mark, and is not entirely below another one (2.4.7, 2.4.11).
SHOWS_FOCUS = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + x * box.width, box.top + y * box.height]));
  const isInView = points.some(([x, y]) => element.contains(document.elementFromPoint(x, y)));
  return isInView && (style.outlineStyle !== "none" || style.boxShadow !== "none");
}"""
FOCUSED_NAME = """() => {
  const element = document.activeElement;
  return element.labels?.[0]?.textContent.trim() ?? element.getAttribute("aria-label") ?? (element.textContent.trim() || element.value);
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has that name has the focus; each stop on the way must show it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED_NAME)
        if not page.evaluate("document.activeElement.closest('.leaflet-container')"):
            assert page.evaluate(SHOWS_FOCUS), f"nobody sees the focus on {found!r}"
        if name in found:
            return
    pytest.fail(f"Tab never comes to {name!r}")


@pytest.mark.browser
def test_a_ride_with_the_keyboard_alone(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada")
    make_vehicle()
    screen = open_screen(PHONE, reduced_motion="reduce")
    page = screen.sign_in("ada", "/login?next=/?show=all")
    page.wait_for_url("**/?show=all")
    tab_to(page, "Start ride")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    tab_to(page, "Without the map")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Where did you leave it?")
    page.keyboard.type("By the fountain")
    tab_to(page, "End ride")
    page.keyboard.press("Enter")
    thanks = page.get_by_role("status").filter(has_text="Thanks for riding!")
    expect(thanks).to_be_visible()  # said aloud: 4.1.3
    heard = page.locator("main").aria_snapshot()
    names = ["Thanks for riding!", "All rides", "By the fountain", "Your rating", "radio", "Save"]
    places = [heard.index(name) for name in names]
    assert places == sorted(places), heard
    tab_to(page, "Bad")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 of 5 stars")).to_be_visible()


@pytest.mark.browser
def test_pages_of_riders_fit_narrow_windows_wide_spacing_and_thumbs(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada")
    vehicle = f"/vehicles/{make_vehicle(range_m=12_000).public_key}"
    screen = open_screen(device_scale_factor=2)
    page = screen.sign_in("ada", f"/login?next={vehicle}")
    page.get_by_role("button", name="Start ride").click()
    page.wait_for_url("**/rides/*")
    ride = page.url.removeprefix(screen.site)
    found = []
    for path in (ride, "/", vehicle, "/rides", "/wallet/top-up", "/users/me", "/account", "/saved"):
        screen.go(path)
        for width, height in REFLOW_SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{width} px: {path}: {line}" for line in look(page)]
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        found += [f"too small: {path}: {line}" for line in page.evaluate(SMALL_TARGETS)]
        page.evaluate(TEXT_SPACING)
        found += [f"spaced: {path}: {line}" for line in look(page)]
    assert found == []


def look(page: Page) -> list[str]:
    """Return what does not fit into the window."""
    overflow = page.evaluate(OVERFLOW)
    wide: list[str] = page.evaluate(TOO_WIDE)
    return wide + [f"the page is {overflow} px too wide"] * (overflow > 0)


@pytest.mark.browser
def test_what_is_chosen_is_seen_in_the_colours_of_the_reader(
    open_screen: Callable[..., Screen],
) -> None:
    page = open_screen(forced_colors="active").go("/login")
    box = page.get_by_role("checkbox")
    assert box.evaluate("(each) => getComputedStyle(each).appearance") == "auto"
    page.get_by_label("Password").focus()
    assert page.evaluate(SHOWS_FOCUS)
