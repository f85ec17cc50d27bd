"""Pages and mails are in the language of the person: chosen, else asked for, else of the city."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.email_steps import NEW_PASSWORD_FIELDS, REGISTRATION
from tests.factories import PASSWORD, UserFactory
from tests.texts.steps import insert_text
from tests.untranslated import BracketTranslations, use_translations
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.mail import Recipient, render
from webapp.regions.languages import find_city_language
from webapp.regions.models import City

GERMAN, FRENCH = {"Accept-Language": "de-CH,fr;q=0.5"}, {"Accept-Language": "fr"}


@pytest.fixture(autouse=True)
def languages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "fr"))
    use_translations(monkeypatch, BracketTranslations(), "de")


def is_german(page: str) -> bool:
    is_marked = '<html lang="de"' in page
    assert is_marked == ("⟦" in page)
    return is_marked


def test_a_page_is_in_the_language_that_the_browser_asks_for(visitor: Visitor) -> None:
    assert is_german(visitor.get("/help", headers=GERMAN).text)
    assert '<html lang="fr"' in visitor.get("/help", headers=FRENCH).text
    assert '<html lang="en"' in visitor.get("/help", headers={"Accept-Language": "ja"}).text
    assert '<html lang="en"' in visitor.get("/help").text


def test_a_choice_is_kept_and_leads_back_to_the_page_before(visitor: Visitor) -> None:
    page = visitor.get("/language", headers={"Referer": "http://localhost/help?x=1"}).text
    assert "Deutsch" in page
    assert 'value="/help?x=1"' in page
    chosen = visitor.send("/language", language="de", next="/help?x=1")
    assert (chosen.status_code, chosen.location) == (303, "/help?x=1")
    assert is_german(visitor.get("/help", headers=FRENCH).text)
    assert "Sprache" not in visitor.get("/help").text


@pytest.mark.parametrize("language", ["", "xx", "nl", "../de"])
def test_a_language_that_is_not_offered_is_refused(visitor: Visitor, language: str) -> None:
    refused = visitor.send("/language", language=language)
    assert refused.status_code == 422
    assert "Choose an option from the list." in refused.text
    assert not is_german(visitor.get("/help").text)


def test_a_choice_never_leads_to_another_site(visitor: Visitor) -> None:
    assert (
        "evil" not in visitor.get("/language", headers={"Referer": "https://evil.example/x"}).text
    )
    assert visitor.send("/language", language="de", next="//evil.example").location == "/"
    assert visitor.get("/language", headers={"Referer": "http://["}).status_code == 200


def test_an_account_has_the_language_chosen_also_in_the_next_browser(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada).send("/language", language="de")
    other = app.test_client()
    assert isinstance(other, Visitor)
    other.send("/login", username="ada", password=PASSWORD)
    assert is_german(other.get("/help", headers=FRENCH).text)


def test_a_new_account_has_the_language_in_which_the_person_registered(
    app: Flask, visitor: Visitor
) -> None:
    data = {"csrf_token": visitor.token(), **REGISTRATION, **NEW_PASSWORD_FIELDS}
    assert visitor.post("/register", data=data, headers=GERMAN).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(User.language)) == "de"


def test_a_mail_is_in_the_language_of_its_recipient(app: Flask) -> None:
    with app.test_request_context("/"):
        for language, is_bracketed in (("de", True), ("en", False), ("", False), ("ja", False)):
            recipient = Recipient("ada@example.org", "Ada", language=language)
            message = render(recipient, "password_changed", "1")
            assert ("⟦" in message.body) == is_bracketed


@pytest.mark.parametrize("city", ["paris", "Paris"], ids=["", "of the release before"])
def test_a_mail_names_a_city_in_the_language_of_its_recipient(
    app: Flask, monkeypatch: pytest.MonkeyPatch, city: str
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "it"))
    values = {"city": city, "number": "1", "duration": "3 h", "link": "/"}
    with app.test_request_context("/"):
        recipient = Recipient("ada@example.org", "Ada", language="it")
        assert "Parigi" in render(recipient, "rides_overdue", "1", **values).body


def test_an_account_that_has_not_chosen_gets_mails_in_the_language_of_its_city(
    app: Flask, make_user: UserFactory
) -> None:
    marie, john = make_user("marie", city="paris"), make_user("john")
    with app.app_context():
        assert marie.recipient.language == "fr"
        assert john.recipient.language == "en"


@pytest.mark.parametrize(
    ("timezone", "language"),
    [("Europe/Rome", "it"), ("Europe/Brussels", "nl"), ("America/New_York", "en"), ("UTC", "")],
)
def test_a_city_has_the_first_official_language_of_its_country(
    timezone: str, language: str
) -> None:
    assert find_city_language(City(timezone=timezone)) == language


def test_each_part_of_a_page_says_its_language(app: Flask, visitor: Visitor) -> None:
    insert_text(app, "# Help", "help")
    insert_text(app, "Snow in the park", "notice", city="new york")
    page = visitor.get("/help", headers=GERMAN).text
    assert is_german(page)
    assert '<div class="markdown" lang="en" dir="auto">' in page
    assert re.search(r'class="city-notice"[^>]* lang="en" dir="auto"', visitor.get("/").text)
    choices = visitor.get("/language", headers=GERMAN).text
    marks = re.findall(r'value="(..)" lang="(..)"( aria-current="true")?', choices)
    assert marks == [("en", "en", ""), ("de", "de", ' aria-current="true"'), ("fr", "fr", "")]


def test_help_is_the_first_link_of_every_footer(visitor: Visitor) -> None:
    """Consistent help: WCAG 2.2, 3.2.6."""
    for path in ("/", "/login", "/register", "/nowhere", "/help"):
        footer = visitor.get(path).text.partition('<footer class="site-footer">')[2]
        assert footer.strip().startswith('<a href="/help">'), path
