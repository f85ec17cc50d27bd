"""Placeholders are replaced once, and nothing else in braces has a meaning."""

import pytest

from webapp.fleet.saved_replies.placeholders import fill_placeholders, find_unknown_placeholder

VALUES = {"vehicle": "Okai scooter", "city": "New York", "first_name": "Ada"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        (
            "Hello {first_name}, your {vehicle} in {city}.",
            "Hello Ada, your Okai scooter in New York.",
        ),
        ("{first_name}{first_name}", "AdaAda"),
        ("100 % of {city} and %(city)s, $city", "100 % of New York and %(city)s, $city"),
        (
            "{first_name.__class__} {0} {} {{city}}",
            "{first_name.__class__} {0} {} {New York}",
        ),
    ],
)
def test_only_placeholders_are_filled(text: str, filled: str) -> None:
    assert fill_placeholders(text, VALUES) == filled


def test_a_value_is_not_read_as_a_pattern() -> None:
    values = {**VALUES, "first_name": r"{city}\1\g<name>"}
    assert fill_placeholders("Hi {first_name}!", values) == r"Hi {city}\1\g<name>!"


@pytest.mark.parametrize("values", [{}, {"first_name": ""}])
def test_a_value_that_is_not_known_goes_with_its_blank(values: dict[str, str]) -> None:
    assert fill_placeholders("Hello {first_name},\nthanks.", values) == "Hello,\nthanks."
    assert fill_placeholders("{first_name}\nThanks.", values) == "\nThanks."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi {first_name} in {city}: {vehicle}.", None),
        ("{name}", "name"),
        ("{ city }", " city "),
        ("{}", ""),
        ("{city", None),
        ("{first_name!r}", "first_name!r"),
        ("{" * 5000 + "city" + "}" * 5000, None),
    ],
)
def test_unknown_placeholders_are_found(text: str, name: str | None) -> None:
    assert find_unknown_placeholder(text) == name
