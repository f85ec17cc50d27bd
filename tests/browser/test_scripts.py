"""What runs in a real browser under our policy: our own modules and Leaflet, and nothing else."""

from collections.abc import Callable

import pytest

from tests.browser.screen import Screen
from webapp.fleet.models import Vehicle

PLANT = """() => {
  const inline = document.createElement("script");
  inline.textContent = "window.planted = true";
  const own = document.createElement("script");
  own.src = "/static/js/main.js";
  document.body.append(inline, own);
  return new Promise(done => { own.onload = () => done("ran"); own.onerror = () => done("refused"); });
}"""


@pytest.mark.browser
def test_only_scripts_of_the_page_itself_run(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Vehicle]
) -> None:
    make_vehicle()
    screen = open_screen()
    page = screen.go("/")
    assert page.evaluate("document.documentElement.classList.contains('js')")  # the last module
    assert page.evaluate("typeof L") == "object"
    assert screen.errors == []

    assert page.evaluate(PLANT) == "refused"  # even a file of ours, without the nonce
    assert page.evaluate("window.planted") is None
    assert all("Content Security Policy" in error for error in screen.errors)
    assert screen.errors
    screen.errors.clear()
