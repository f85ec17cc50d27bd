"""What everybody reads: the list of a city's notices, their pages, the feed, and pinned titles."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from tests.notices.steps import insert_notice
from tests.visitor import Visitor

LATER = datetime.now(UTC) + timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_list_has_what_is_shown_now_in_the_city_and_in_all(app: Flask, visitor: Visitor) -> None:
    insert_notice(app, "Here")
    insert_notice(app, "Everywhere", city=None)
    insert_notice(app, "Elsewhere", city="paris")
    insert_notice(app, "Tomorrow", shown_from=LATER)
    insert_notice(app, "Draft", published_at=None)
    insert_notice(app, "Over", shown_until=datetime.now(UTC) - timedelta(minutes=1))
    page = visitor.get("/notices?city=new+york").text
    feed = visitor.get("/notices.atom?city=new+york").text
    for title in ("Here", "Everywhere"):
        assert title in page
        assert title in feed
    for title in ("Elsewhere", "Tomorrow", "Draft", "Over"):
        assert title not in page
        assert title not in feed
    assert "Nothing new" not in page
    assert visitor.get("/notices?city=nowhere").status_code == 404


def test_a_list_is_paged(app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    begin = datetime.now(UTC) - timedelta(days=1)
    for title in ("First", "Second", "Third", "Fourth", "Fifth"):
        insert_notice(app, title, shown_from=begin)  # at one moment: the id decides
    found, path = [], "/notices?city=new+york"
    for _page in range(3):
        page = visitor.get(path).text
        found += [each for each in ("First", "Second", "Third", "Fourth", "Fifth") if each in page]
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert len(found) == len(set(found)) == 5
    assert not path


def test_the_reader_gets_the_own_language_and_finds_the_others(
    app: Flask, visitor: Visitor
) -> None:
    notice = insert_notice(app, texts={"en": "Marathon", "de": "Lauf"})
    page = visitor.get(f"/notices/{notice}").text
    assert '<h1 lang="en" dir="auto">Marathon</h1>' in page
    assert "About <em>Marathon</em>." in page
    assert f'href="/notices/{notice}?language=de" hreflang="de"' in page
    assert "Lauf" in visitor.get(f"/notices/{notice}?language=de").text
    assert visitor.get(f"/notices/{notice}?language=fr").status_code == 404


@pytest.mark.parametrize("columns", [{"published_at": None}, {"shown_from": LATER}])
def test_a_notice_that_is_not_shown_yet_has_no_page(
    app: Flask, visitor: Visitor, columns: dict[str, Any]
) -> None:
    assert visitor.get(f"/notices/{insert_notice(app, **columns)}").status_code == 404


def test_a_notice_that_is_over_says_so(app: Flask, visitor: Visitor) -> None:
    notice = insert_notice(app, shown_until=datetime.now(UTC) - timedelta(minutes=1))
    assert "This is over." in visitor.get(f"/notices/{notice}").text


def test_pinned_titles_stand_above_the_map_of_their_city(app: Flask, visitor: Visitor) -> None:
    pinned = insert_notice(app, "Snow & ice", is_pinned=True)
    insert_notice(app, "Not so urgent")
    page = visitor.get("/city/new%20york").text
    assert f'<a href="/notices/{pinned}">Snow &amp; ice</a>' in page
    assert "Not so urgent" not in page
    assert "Snow" not in visitor.get("/city/paris").text


def test_the_feed_is_atom_with_escaped_html(app: Flask, visitor: Visitor) -> None:
    notice = insert_notice(app, "A <b> & C")
    response = visitor.get("/notices.atom?city=new+york")
    assert response.mimetype == "application/atom+xml"
    feed = ET.fromstring(response.data)
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    values = {each.tag.removeprefix(ATOM): each.text for each in entry}
    assert values["id"] == f"urn:uuid:{notice}"
    assert values["title"] == "A <b> & C"
    assert values["content"] == "<p>About <em>A &lt;b&gt; &amp; C</em>.</p>\n"
    assert ET.fromstring(visitor.get("/notices.atom?city=paris").data).tag == f"{ATOM}feed"
