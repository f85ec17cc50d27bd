"""axe-core on a page of a browser: what hinders people from using it."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SERIOUS = ["serious", "critical"]
RUN = """
async ([options, impacts]) => {
  // A colour that is half-way to another one is none of the page's.
  document.getAnimations().filter((one) => one instanceof CSSTransition).forEach((one) => one.finish());
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  return violations.filter((rule) => impacts.includes(rule.impact)).flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`));
}"""
HAS_AXE = "typeof axe !== 'undefined'"
IS_DARK = "matchMedia('(prefers-color-scheme: dark)').matches"


def find_violations(page: Page) -> list[str]:
    """Return the serious violations of the page as it is now, one line each.

    All rules are tried in the colour scheme of the page. The other scheme has other colours and
    nothing else, so that only the rule about contrast is tried in it.
    """
    page.wait_for_load_state("load")  # without its style sheets a page has other colours
    if not page.evaluate(HAS_AXE):
        page.evaluate(AXE_SCRIPT)  # pages that nobody inspects need not read it
    dark = page.evaluate(IS_DARK)
    violations = _run(page, dark, {})
    page.emulate_media(color_scheme="light" if dark else "dark")
    violations += _run(page, not dark, {"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="dark" if dark else "light")
    return violations


def _run(page: Page, dark: bool, options: dict[str, Any]) -> list[str]:
    scheme = "dark" if dark else "light"
    lines = page.evaluate(RUN, [options, SERIOUS])
    return [f"{page.url} in {scheme} colours: {line}" for line in lines]
