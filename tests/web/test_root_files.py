"""What crawlers, browsers and sites that show a link learn about a page."""

import re

from tests.visitor import Visitor


def test_crawlers_are_told_to_leave_out_pages_of_one_vehicle(visitor: Visitor) -> None:
    response = visitor.get("/robots.txt")
    assert response.content_type == "text/plain; charset=utf-8"
    assert "Disallow: /vehicles/" in response.text
    assert "Set-Cookie" not in response.headers
    assert response.cache_control.public


def test_the_icon_is_at_the_address_that_browsers_try(visitor: Visitor) -> None:
    response = visitor.get("/favicon.ico")
    assert response.data.startswith(b"\0\0\1\0"), "the beginning of an ICO file"
    assert response.cache_control.max_age == 24 * 3600


def test_each_page_describes_itself_to_those_who_show_a_link(visitor: Visitor) -> None:
    html = visitor.get("/city/paris").text
    tags = dict(re.findall(r'<meta (?:name|property)="([a-z:_]+)" content="([^"]*)"', html))
    assert tags["og:title"] == "Vehicles in Paris · MovR"
    assert tags["description"] == tags["og:description"]
    assert "free in Paris now" in tags["description"]
