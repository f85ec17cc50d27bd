"""What people read for roles, devices and places."""

from flask_babel import LazyString

from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Role
from webapp.web.scopes import Scope

#: For each role that can be granted.
ROLE_LABELS: dict[Role, LazyString] = {
    Role.OWNER: _l("Owner"),
    Role.SUPPORT: _l("Support"),
    Role.MECHANIC: _l("Mechanic"),
    Role.ANALYST: _l("Analyst"),
    Role.FLEET: _l("Fleet manager"),
    Role.ADMIN: _l("Admin"),
}
#: What each of them may do, in the cities where it holds (webapp/web/roles.py).
ROLE_DESCRIPTIONS: dict[Role, LazyString] = {
    Role.OWNER: _l("Has vehicles of their own. Given to everyone who adds one."),
    Role.SUPPORT: _l("Sees riders, vehicles and rides, ends rides, answers reports and disputes."),
    Role.MECHANIC: _l("Sees and changes vehicles, does tasks, answers reports. Sees no persons."),
    Role.ANALYST: _l("Sees numbers only: no persons, no single vehicles."),
    Role.FLEET: _l("All of support, mechanic and analyst; also plans tasks and runs feeds."),
    Role.ADMIN: _l("Everything, with prices, zones, accounts and roles."),
}

#: What a program may do with an access token.
SCOPE_LABELS: dict[Scope, LazyString] = {
    Scope.ACCOUNT_READ: _l("See your name, e-mail address, home city and roles"),
    Scope.ACCOUNT_WRITE: _l("Change your profile, what you have saved, and which e-mails you get"),
    Scope.SAVED_READ: _l("See the vehicles and places that you have saved, such as your home"),
    Scope.RIDES_READ: _l("See your rides, where they went, and your messages to staff about them"),
    Scope.RIDES_WRITE: _l("Reserve and ride vehicles, which you pay for, and write to staff"),
    Scope.WALLET_READ: _l("See what is in your wallet"),
    Scope.WALLET_WRITE: _l("Start top-ups; you pay on the page of the payment service"),
    Scope.REPORTS_READ: _l("See your reports and their answers"),
    Scope.REPORTS_WRITE: _l("Report vehicles in your name"),
    Scope.COMMENTS_WRITE: _l("Comment on notices in your name, and flag comments"),
    Scope.VEHICLES_READ: _l("See your vehicles and the reports about them"),
    Scope.VEHICLES_WRITE: _l("Add and change your vehicles, and take them out of the fleet"),
    Scope.EARNINGS_READ: _l("See what you earn with your vehicles"),
    Scope.FLEET_READ: _l("As staff: see vehicles, tasks and reports of your cities"),
    Scope.FLEET_WRITE: _l("As staff: act on vehicles, do tasks, answer reports of your cities"),
}

#: Part of a User-Agent header -> name of the browser. The first match counts: most browsers also
#: name those that they are compatible with.
BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox",
    "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
#: Part of a User-Agent header -> name of the operating system.
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "CrOS": "ChromeOS", "Mac OS": "Mac", "Linux": "Linux",
}  # fmt: skip


def scope_label(scope: str) -> str:
    """Return what people read for a scope."""
    return find_label(SCOPE_LABELS, scope)


def device_label(agent: str) -> str:
    """Return a browser as people know it: ``Firefox on Windows``."""
    browser = next((name for part, name in BROWSERS.items() if part in agent), None)
    system = next((name for part, name in SYSTEMS.items() if part in agent), None)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown browser"))


def place_label(city_name: str | None, address: str) -> str:
    """Return where a browser was: ``Paris · 203.0.113.7``."""
    city = catalogue().find(city_name) if city_name else None
    return f"{city_label(city)} · {address}" if city else address
