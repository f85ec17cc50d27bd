"""The pages of terms, privacy and help, for everybody."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.texts.published_texts import texts_cache

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize("path", ["/terms", "/privacy", "/help"])
def test_the_default_says_that_it_must_be_replaced_and_every_page_leads_to_it(
    visitor: Visitor, path: str
) -> None:
    page = visitor.get(path).text
    assert "This is an example." in page
    assert "Example text" in page
    assert f'href="{path}"' in visitor.get("/login").text


def test_the_text_of_a_city_wins_over_that_of_all(visitor: Visitor, app: Flask) -> None:
    insert_text(app, "Everywhere")
    insert_text(
        app, "In Paris", city="paris", effective_from=datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    )
    assert "Everywhere" in visitor.get("/terms").text
    page = visitor.get("/terms?city=paris").text
    assert "In Paris" in page
    assert "Everywhere" not in page
    assert "1 Feb 2026" in page  # by the clocks of Paris
    assert visitor.get("/terms?city=nowhere").status_code == 404


def test_the_reader_gets_the_own_language_else_english_else_what_there_is(
    visitor: Visitor, app: Flask
) -> None:
    insert_text(app, "Bonjour", language="fr")
    assert '<div class="markdown" lang="fr" dir="auto"><p>Bonjour</p>' in visitor.get("/terms").text
    insert_text(app, "Hello")
    assert "Hello" in visitor.get("/terms").text
    insert_text(app, "Guten Tag", city="new york", language="de")
    assert "Guten Tag" in visitor.get("/terms").text  # what holds in the city comes first


def test_the_version_that_began_last_holds_and_of_two_from_one_moment_the_later(
    visitor: Visitor, app: Flask
) -> None:
    began = datetime.now(UTC) - timedelta(minutes=5)
    insert_text(app, "First", version=1)
    insert_text(app, "Second", version=2, effective_from=began)
    insert_text(app, "Tomorrow", version=3, effective_from=TOMORROW)
    insert_text(app, "Corrected", version=4, effective_from=began)
    assert "Corrected" in visitor.get("/terms").text


def test_the_pages_cost_no_round_trip(visitor: Visitor, app: Flask, round_trips: object) -> None:
    insert_text(app, "Hello")
    with app.app_context():
        texts_cache().clear()
    visitor.get("/terms")
    assert callable(round_trips)
    round_trips()
    for path in ("/terms", "/privacy?city=paris", "/help"):
        visitor.get(path)
    assert round_trips() == 0


def test_help_lists_its_sections(visitor: Visitor, app: Flask) -> None:
    insert_text(app, "# One\n\n# Two\n\n# Three", kind="help")
    page = visitor.get("/help").text
    assert '<a href="#section-two">Two</a>' in page
    assert '<h2 id="section-two">Two</h2>' in page


def test_notices_of_the_city_and_of_all_stand_on_its_map_while_they_last(
    visitor: Visitor, app: Flask
) -> None:
    insert_text(app, "No scooters on *Saturday*: marathon", kind="notice", city="paris")
    insert_text(app, "Happy birthday, MovR", kind="notice", city=None)
    over = {"effective_until": datetime.now(UTC) - timedelta(minutes=1)}
    insert_text(app, "Yesterday", kind="notice", city="new york", **over)
    paris, new_york = (visitor.get(f"/city/{city}").text for city in ("paris", "new york"))
    assert "No scooters on <em>Saturday</em>: marathon" in paris
    assert "marathon" not in new_york
    assert "Yesterday" not in new_york
    for page in (paris, new_york):
        assert "Happy birthday, MovR" in page


def test_a_notice_that_was_replaced_does_not_come_back_unless_that_was_called_off(
    visitor: Visitor, app: Flask
) -> None:
    then = datetime.now(UTC) - timedelta(minutes=5)
    insert_text(app, "All week", kind="notice", city="paris")
    times = {"effective_from": then, "effective_until": then}
    insert_text(app, "Called off", kind="notice", city="paris", version=2, **times)
    assert "All week" in visitor.get("/city/paris").text
    times["effective_until"] += timedelta(minutes=1)
    insert_text(app, "Over", kind="notice", city="paris", version=3, **times)
    page = visitor.get("/city/paris").text
    assert "All week" not in page
    assert "Over" not in page


def test_an_older_notice_in_the_language_of_the_reader_hides_no_newer_one(
    visitor: Visitor, app: Flask
) -> None:
    now = datetime.now(UTC)
    times = {"effective_from": now - timedelta(minutes=5), "effective_until": TOMORROW}
    insert_text(app, "Old news", kind="notice", city="paris")
    insert_text(app, "Neues", kind="notice", city="paris", language="de", **times)
    page = visitor.get("/city/paris").text
    assert "Neues" in page
    assert "Old news" not in page
    times["effective_from"] -= timedelta(minutes=1)
    insert_text(app, "News", kind="notice", city="paris", version=2, **times)  # the translation
    page = visitor.get("/city/paris").text
    assert "News" in page
    assert "Neues" not in page
