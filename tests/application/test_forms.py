"""What all forms share."""

import pytest
from flask import Flask
from wtforms import IntegerField, StringField
from wtforms.validators import Length, NumberRange

from webapp.forms import Form, PointFields


class Stop(PointFields, Form):
    seats = IntegerField(validators=[NumberRange(1, 4, "Enter 1 to 4.")])


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"lat": "abc", "lon": "2"}, {"lat": "Enter a number."}),
        ({"lat": "abc"}, {"lat": "Enter a number."}),
        ({"lat": "abc", "lon": "abc"}, {"lat": "Enter a number.", "lon": "Enter a number."}),
        ({"lat": "91"}, {"lat": "Enter a latitude between -90 and 90."}),
        ({"lon": "181"}, {"lon": "Enter a longitude between -180 and 180."}),
        ({"lon": "2"}, {"lon": "Enter the latitude, too."}),
        ({"seats": "many"}, {"seats": "Enter a whole number."}),
        ({"seats": "9"}, {"seats": "Enter 1 to 4."}),
    ],
)
def test_a_field_has_one_sentence_for_what_is_wrong(
    app: Flask, typed: dict[str, str], errors: dict[str, str]
) -> None:
    with app.test_request_context(method="POST", data={"seats": "1", **typed}):
        form = Stop(meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {name: [error] for name, error in errors.items()}


class FormWithoutMessages(Form):
    text = StringField(validators=[Length(max=3)])


def test_a_text_that_is_too_long_is_refused_also_without_a_message_of_our_own(app: Flask) -> None:
    with app.test_request_context(data={"text": "long"}, method="POST"):
        form = FormWithoutMessages(meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {"text": ["Field cannot be longer than 3 characters."]}
