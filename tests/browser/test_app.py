"""The site as an app on a phone: installed, and without network."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

pytestmark = pytest.mark.browser

OFFER_TO_INSTALL = """() => {
  const event = Object.assign(new Event("beforeinstallprompt", { cancelable: true }), { prompt: () => (window.isAsked = true) });
  return window.dispatchEvent(event);
}"""


def test_the_site_can_be_installed_and_asks_only_when_asked(
    open_screen: Callable[..., Screen],
) -> None:
    page = open_screen().go("/login")
    devtools = page.context.new_cdp_session(page)
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] == ["in-incognito"], "as all windows of tests are"
    assert devtools.send("Page.getAppManifest")["errors"] == []
    button = page.get_by_role("button", name="Install MovR as an app")
    expect(button).to_be_hidden()
    assert page.evaluate(OFFER_TO_INSTALL) is False, "the browser's own question stays away"
    button.click()
    assert page.evaluate("window.isAsked")
    expect(button).to_be_hidden()
