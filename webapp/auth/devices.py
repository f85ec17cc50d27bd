"""Browsers: what a request tells about its own, and how people recognise one in a list."""

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from webapp.regions.catalogue import catalogue

#: What stands in a browser's own words about itself -> its name. The first that is found counts:
#: most browsers also name those that they are like.
BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox",
    "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "CrOS": "ChromeOS", "Mac OS": "Mac", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True)
class Device:
    """What a request tells about the browser it comes from."""

    #: From a cookie that outlives sessions.
    id: UUID
    agent: str
    address: str
    #: Where the proxy says that it stands.
    city: str | None


def device_words(agent: str) -> str:
    """Return a browser as people know it: ``Firefox on Windows``."""
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), None)
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), None)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("An unknown browser"))


def place_words(city: str | None, address: str) -> str:
    """Return where a browser stood: ``Paris · 203.0.113.7``."""
    found = catalogue().find(city) if city else None
    return f"{found.label} · {address}" if found else address
