"""What tests of the service worker do: register it, and wait for what it does."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests import waiting

#: At once, and not when the page has been there for a moment.
REGISTER = """async () => {
  await navigator.serviceWorker.register("/worker.js?language=en");
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage("keep");
}"""


def register_worker(page: Page) -> None:
    page.evaluate(REGISTER)
    page.wait_for_function("navigator.serviceWorker.controller")


def wait_until(page: Page, is_true: Callable[[], object]) -> None:
    """Return when ``is_true()`` is; what happens on the page meanwhile is heard."""
    waiting.wait_until(is_true, pause=lambda: page.wait_for_timeout(50))


def wait_for_promise(page: Page, condition: str, argument: str = "") -> None:
    """Wait for a condition that is a promise, for which ``wait_for_function`` does not wait."""
    wait_until(page, lambda: page.evaluate(condition, argument))
