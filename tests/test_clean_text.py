"""What forms make of characters that nobody sees."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from webapp.forms import FilterForm, LineField, LinesField

PERSIAN = "می\u200cخواهم"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


class Texts(FilterForm):
    line = LineField()
    lines = LinesField()


def read(app: Flask, **fields: str) -> Texts:
    with app.test_request_context():
        form = Texts(MultiDict(fields))
        form.validate()
        return form


@pytest.mark.parametrize(
    "character",
    [
        *"\u00ad\u061c\u180e\u200b\u200e\u200f\u202e\u2060\u2064\u2069\u3164\ufeff\uffa0",
        "\U000e0001",
        "\U000e007f",
    ],
)
def test_characters_without_a_shape_are_removed(app: Flask, character: str) -> None:
    form = read(app, line=f"{character}A{character}da {character}", lines=character)
    assert (form.line.data, form.lines.data) == ("Ada", "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (PERSIAN, PERSIAN),
        (FAMILY, FAMILY),
        ("\u200dAda\u200c", "Ada"),
        ("A\u200c \u200db", "A b"),
        ("A\u200c\u200d\u200cb", "A\u200cb"),
        ("\u200c\u200d", ""),
        ("\u200d\u200b\u200c", ""),
    ],
)
def test_joiners_are_kept_between_two_characters_only(app: Flask, typed: str, kept: str) -> None:
    form = read(app, line=typed, lines=typed)
    assert (form.line.data, form.lines.data) == (kept, kept)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_separators_of_lines_are_newlines_or_refused(app: Flask, separator: str) -> None:
    form = read(app, line=f"a{separator}b", lines=f"a{separator}b")
    assert form.lines.data == "a\nb"
    assert form.line.errors
