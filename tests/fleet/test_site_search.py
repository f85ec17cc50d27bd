"""The search of help, notices, terms and places."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import VehicleFactory
from tests.fleet.favourites.conftest import PLACE
from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.fleet.site_search.matching import Entry, Kind, cut_excerpt, find_entries, is_similar
from webapp.translations.stemming import find_stem


def find_links(page: str) -> list[tuple[str, str]]:
    """Return the address and the title of each result."""
    links = re.findall(r'<li><div><a href="([^"]+)"[^>]*>(.*?)</a>', page)
    return [(address.replace("&amp;", "&"), re.sub("<.*?>", "", title)) for address, title in links]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Fahrrad", "Fahrräder", "fahrrader", "FAHRRÄDERN"]),
        ("fr", ["vélo", "vélos", "velo", "VELOS"]),
        ("es", ["bicicleta", "bicicletas", "Bicicletas"]),
        ("it", ["bicicletta", "biciclette"]),
        ("nl", ["fiets", "fietsen"]),
        ("en", ["reserve", "reserved", "reservation", "Reserving"]),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, words: list[str]) -> None:
    assert len({find_stem(word, language) for word in words}) == 1


def test_a_language_without_rules_is_searched_by_whole_words() -> None:
    assert find_stem("Élan", "xx") == "elan"


def make_entry(title: str, text: str = "", kind: Kind = Kind.HELP) -> Entry:
    return Entry(kind, title, text, "en", "", "", {})


ENTRIES = [
    make_entry("Reserve", "A reservation is free for some minutes. Then the ride begins."),
    make_entry("End a ride", "Park where the map allows it. You get a receipt."),
    make_entry("Prices", "The price of a ride is shown before it."),
    make_entry("Main Street 4", kind=Kind.PLACE),
    make_entry("Seestraße", kind=Kind.PLACE),
]


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("reserving", ["Reserve"]),
        ("how to end the ride", ["End a ride"]),  # it has most of the words
        ("receipt", ["End a ride"]),
        ("recipt", ["End a ride"]),  # a letter is missing
        ("reciept", ["End a ride"]),  # two are swapped
        ("pryce", ["Prices"]),
        ("pric", ["Prices"]),  # still typing
        ("min street", ["Main Street 4"]),
        ("seestrasse", ["Seestraße"]),
        ("helmet", []),
        ("ridden", []),
        ("?!", []),
        ("of", ["Prices"]),  # nothing longer was typed
    ],
)
def test_what_fits_best_comes_first(question: str, titles: list[str]) -> None:
    found = find_entries(ENTRIES, question)
    assert [results[0].entry.title for results in found.values()] == titles


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("receipt", "recipt", True),
        ("receipt", "reciept", True),
        ("price", "pryce", True),
        ("street", "stret", True),
        ("start", "stret", False),  # two letters
        ("abcd", "dbca", False),  # no neighbours
        ("ride", "riders", False),
    ],
)
def test_one_letter_may_be_mistyped(word: str, other: str, expected: bool) -> None:
    assert is_similar(word, other) is is_similar(other, word) is expected


def test_words_that_were_found_are_marked() -> None:
    (result,) = find_entries(ENTRIES, "reserving minutes")[Kind.HELP]
    assert [part.text for part in result.title if part.is_match] == ["Reserve"]
    assert [part.text for part in result.excerpt if part.is_match] == ["reservation", "minutes"]


def test_a_long_text_is_cut_around_the_word_between_words() -> None:
    text = "word " * 100 + "needle " + "word " * 100
    excerpt = cut_excerpt(text, text.index("needle"))
    assert re.fullmatch(r"… (word )+needle( word)+ …", excerpt)
    assert len(excerpt) < 210
    assert cut_excerpt("short", 0) == "short"
    assert cut_excerpt("x" * 900, 0)


def test_the_page_finds_help_notices_and_places_in_one_statement(
    visitor: Visitor, app: Flask, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    insert_text(
        app, "# Help\n\n## Helme\n\nTrage auf **Fahrrädern** einen Helm.", "help", language="de"
    )
    insert_text(app, "Am Sonntag keine Fahrräder im [Zentrum](/zones).", "notice", language="de")
    make_vehicle(address="Fahrradstraße 1")
    for number in range(2):
        make_vehicle(address="12 Rue de l'Élysée")
        visitor.get("/search?q=x")
        round_trips()
        page = visitor.get("/search?q=fahrrad").text
        assert round_trips() == 1, number
    assert find_links(page) == [
        ("/help?city=new+york#section-helme", "Helme"),
        ("/city/new%20york", "Notice"),
        ("/city/new%20york?q=Fahrradstra%C3%9Fe+1", "Fahrradstraße 1"),
    ]
    assert "auf <mark>Fahrrädern</mark> einen" in page
    assert "Zentrum." in page
    for typed in ("elysee", "rue elisee"):  # the second is misspelt
        page = visitor.get(f"/search?q={typed}").text
        assert find_links(page)[0][1] == "12 Rue de l&#39;Élysée", typed
        assert "2 vehicles" in page


@pytest.mark.parametrize("typed", ["paris", "Parigi", "PARÍS", "prais"])
def test_cities_are_found_by_their_names_in_all_languages(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "it"))
    assert ("/city/paris", "Paris") in find_links(visitor.get(f"/search?q={typed}").text)


def test_riders_find_the_places_that_they_have_saved_and_nobody_else_does(
    rider: Visitor, visitor: Visitor
) -> None:
    rider.send("/saved", **{**PLACE, "label": "Grandma"})
    assert [title for _, title in find_links(rider.get("/search?q=grandmas").text)] == ["Grandma"]
    assert not find_links(visitor.get("/search?q=grandmas").text)


def test_one_kind_is_shown_in_pages(app: Flask, visitor: Visitor) -> None:
    insert_text(app, "".join(f"## Ride {n}\n\nText\n\n" for n in range(27)), "help")
    page = visitor.get("/search?q=ride").text
    assert len([title for _, title in find_links(page) if title.startswith("Ride")]) == 5
    assert '/search?q=ride&amp;kind=help"' in page
    titles, address = list[str](), "/search?q=ride&kind=help"
    while address:
        page = visitor.get(address).text
        titles += [title for _, title in find_links(page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert titles == [f"Ride {n}" for n in range(27)]
    assert visitor.get("/search?q=ride&kind=help&after=x").status_code == 404


def test_an_empty_result_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.get("/search?q=zzzz").text
    assert "Nothing found" in page
    assert 'href="/city/new%20york?q=zzzz"' in page
    assert "Nothing found" not in visitor.get("/search").text
    assert visitor.get("/search?q=" + "x" * 101).status_code == 422
    for path in ("/help", "/login", "/?q=zzzz"):
        assert 'action="/search"' in visitor.get(path).text or "/search" in visitor.get(path).text


def test_an_empty_result_leads_to_the_search_for_places_if_there_is_one(
    visitor: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PLACE_SEARCH_URL", "https://places.example/search")
    assert 'href="/city/new%20york/places?q=zzzz"' in visitor.get("/search?q=zzzz").text
    monkeypatch.setitem(app.config, "PLACE_SEARCH_URL", "")
    assert "/places?" not in visitor.get("/search?q=zzzz").text
