"""What a browser loads for a page: counted by Chromium itself, over the DevTools protocol."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

#: Whether the vehicles of a live map have come, if the page has one and scripts that fill it.
MAP_IS_FILLED = """() => !document.querySelector("[data-live-url]") || !document.scripts.length ||
  performance.getEntriesByType("resource").some((entry) => entry.name.includes("/vehicles.json"))"""


@dataclass
class Traffic:
    """The requests of a page that went to its own site, and the bytes that came back, with heads.

    Map tiles come from another site and are left out. Data is what scripts fetch: the vehicles and
    zones of a map. It changes all the time, so it is counted apart.
    """

    files: dict[str, int] = field(default_factory=dict)
    data: dict[str, int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return len(self.files) + len(self.data)

    @property
    def bytes(self) -> int:
        return sum(self.files.values()) + sum(self.data.values())


class TrafficCounter:
    """Counts what one window loads. What comes from the browser's own cache is not counted."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = urlsplit(site).netloc
        self.devtools = page.context.new_cdp_session(page)
        self._requests: dict[str, tuple[str, str]] = {}
        self._traffic = Traffic()
        self.devtools.send("Network.enable")
        self.devtools.on("Network.requestWillBeSent", self._begin)
        self.devtools.on("Network.requestServedFromCache", self._forget)
        self.devtools.on("Network.responseReceived", self._receive)
        self.devtools.on("Network.loadingFinished", self._finish)

    def load(self, path: str) -> Traffic:
        """Open a page and return what it loaded until nothing more came."""
        self._requests, self._traffic = {}, Traffic()
        response = self.page.goto(f"http://{self.site}{path}", wait_until="networkidle")
        assert response
        assert response.ok, f"{path} answered {response.status}"
        self.page.wait_for_function(MAP_IS_FILLED)
        return self._traffic

    def _begin(self, event: dict[str, Any]) -> None:
        url = urlsplit(event["request"]["url"])
        if url.netloc == self.site:
            self._requests[event["requestId"]] = (event.get("type", ""), url.path)

    def _forget(self, event: dict[str, Any]) -> None:
        self._requests.pop(event["requestId"], None)

    def _receive(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self._forget(event)

    def _finish(self, event: dict[str, Any]) -> None:
        kind, path = self._requests.pop(event["requestId"], ("", ""))
        if path:
            part = self._traffic.data if kind in ("Fetch", "XHR") else self._traffic.files
            part[path] = part.get(path, 0) + int(event["encodedDataLength"])
