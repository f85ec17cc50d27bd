"""A city has its name in the language of the reader wherever it is said: pages, programs, mails."""

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.factories import UserFactory
from tests.surface.routes import methods, rules
from tests.surface.staff_site import StaffSite, load_staff_site

#: Addresses and values of fields, which have the key of a city; the names of time zones; the field
#: of the English name.
NOT_READ = re.compile(
    r'\b(?:href|src|action|value|content|data-[a-z-]*url)="[^"]*"|<option value="America/[^<]*'
    r'|lang="en"[^>]*'
)


def list_pages(site: StaffSite) -> list[str]:
    """Return the addresses of all routes that are read and whose rows are there."""

    def is_filled(rule: Rule) -> bool:
        return set(re.findall("<[^>]+>", rule.rule)) <= site.values.keys()

    return [
        site.fill(rule) for rule in rules(site.app) if "GET" in methods(rule) and is_filled(rule)
    ]


@pytest.mark.slow
def test_no_page_has_the_english_name_of_a_city(
    app: Flask, make_user: UserFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "es"))
    site = load_staff_site(app)
    browser = site.sign_in(make_user("nora", "new york", roles=["admin", "fleet"]))
    assert browser.send("/language", language="es").status_code == 303
    in_spanish = {"Accept-Language": "es"}  # programs say it so
    pages = {
        path: browser.get(path, headers=in_spanish).data.decode(errors="replace")
        for path in list_pages(site)
    }
    in_english = [path for path, page in pages.items() if "New York" in NOT_READ.sub("", page)]
    assert in_english == []
    assert sum("Nueva York" in page for page in pages.values()) > 80
