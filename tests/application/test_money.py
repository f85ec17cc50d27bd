"""Amounts: minor units to text and back, exactly, in currencies of any number of decimals."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from wtforms.validators import InputRequired

from webapp.money import (
    MAX_AMOUNT,
    AmountTooLarge,
    MoneyField,
    MoneyForm,
    format_amount,
    format_plain_amount,
    parse_amount,
)
from webapp.translations import force_locale

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (125, "USD", "$1.25"),
        (5, "EUR", "€0.05"),
        (-123450, "USD", "-$1,234.50"),
        (250, "JPY", "¥250"),
        (2500, "KWD", "KWD2.500"),
        (0, "USD", "$0.00"),
    ],
)
def test_amounts_are_formatted_for_people(amount: int, currency: str, text: str) -> None:
    assert format_amount(amount, currency) == text


@pytest.mark.parametrize("locale", ["en", "de", "de_CH", "es", "es_MX", "fr", "fr_CA", "it", "nl"])
def test_an_amount_has_no_space_at_which_a_line_may_break(app: Flask, locale: str) -> None:
    with app.test_request_context(), force_locale(locale):
        for currency in ("USD", "EUR", "CHF", "JPY"):
            assert " " not in format_amount(-1_234_550, currency)


def test_the_money_filter_formats_amounts(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string("{{ 125|money('USD') }}") == "$1.25"


@given(st.integers(-(2**62), 2**62).filter(lambda n: abs(n) < 10**12), CURRENCIES)
def test_plain_amounts_can_be_parsed_again(amount: int, currency: str) -> None:
    text = format_plain_amount(amount, currency)
    assert parse_amount(text, currency) == parse_amount(text.replace(".", ","), currency) == amount
    assert parse_amount(Decimal(text), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1.25", "USD", 125),
        (" 1,25 ", "EUR", 125),
        ("7", "USD", 700),
        ("0.250", "USD", 25),
        ("1.2500", "USD", 125),
        (Decimal("1.250"), "USD", 125),
        ("\N{MINUS SIGN}3", "USD", -300),
        ("1.250", "KWD", 1250),
        ("250", "JPY", 250),
        (3, "USD", 300),
    ],
)
def test_amounts_are_parsed(text: Any, currency: str, amount: int) -> None:
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    "text",
    ["", "x", "1.2.3", "1e3", "NaN", "Infinity", "$5", "--1", "٣", "9" * 101, True],
)
def test_invalid_amounts_raise_an_error(text: Any) -> None:
    with pytest.raises(ValueError, match=r"Enter an amount like 2\.50"):
        parse_amount(text, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "coin"), [("0.125", "USD", "$0.01"), ("1.5", "JPY", "¥1"), ("0,001", "EUR", "€0.01")]
)  # fmt: skip
def test_amounts_with_too_many_decimals_are_refused(text: str, currency: str, coin: str) -> None:
    with pytest.raises(ValueError, match="The smallest unit is") as refused:
        parse_amount(text, currency)
    assert coin in str(refused.value)


@pytest.mark.parametrize(
    ("text", "currency", "plainly"),
    [
        ("1,000", "USD", "1000.00"),
        ("1.250", "EUR", "1000.00"),
        ("1,000.00", "USD", "1000.00"),
        ("1.000,00", "EUR", "1000.00"),
        ("12.345.678", "EUR", "1000.00"),
        ("7.999", "USD", "1000.00"),
        ("1,000,000,000,000,000", "USD", "1000.00"),
        ("-1,000", "USD", "1000.00"),
        ("1,000", "JPY", "1000"),
        ("1,000.500", "KWD", "1000.000"),
    ],
)
def test_a_thousands_separator_is_not_a_decimal_point(
    text: str, currency: str, plainly: str
) -> None:
    with pytest.raises(ValueError, match="thousands separators") as refused:
        parse_amount(text, currency)
    assert f"Enter an amount like {plainly}, with" in str(refused.value)


@pytest.mark.parametrize("text", ["9" * 13, "9" * 100, "-" + "9" * 13 + ".50"])
def test_an_amount_that_no_column_holds_is_refused(text: str) -> None:
    with pytest.raises(AmountTooLarge, match="too large"):
        parse_amount(text, "USD")
    assert parse_amount("0" * 20 + "5", "USD") == 500


# --- the field of a form -----------------------------------------------------------------------


class Till(MoneyForm):
    due = MoneyField("Due", at_least=100, at_most=50_000, validators=[InputRequired("Needed")])
    tip = MoneyField("Tip")


def fill(app: Flask, currency: str = "USD", **typed: str) -> Till:
    with app.test_request_context(method="POST", data=typed):
        form = Till(currency=currency, meta={"csrf": False})
        form.validate()
        str(form.due()), str(form.tip())  # it can be shown, whatever was typed
        return form


def test_a_form_reads_minor_units(app: Flask) -> None:
    form = fill(app, due="2,50", tip="")
    assert (form.due.data, form.tip.data, form.errors) == (250, None, {})
    assert fill(app, "JPY", due="250").due.data == 250


def test_a_field_shows_its_amount_as_the_language_types_it(app: Flask) -> None:
    form = fill(app)
    form.tip.data = 129
    with app.test_request_context():
        assert 'value="1.29"' in form.tip()
        with force_locale("de"):
            assert 'value="1,29"' in form.tip()
            with pytest.raises(ValueError, match=r"2,50\."):
                parse_amount("viel", "EUR")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Needed"),
        ("  ", "Needed"),
        ("much", "Enter an amount like 2.50."),
        ("2.5055", "The smallest unit is $0.01."),
        ("0.99", "Enter at least $1.00."),
        ("-5", "Enter at least $1.00."),
        ("500.01", "Enter at most $500.00."),
        ("9" * 40, "Enter at most $500.00."),
        ("-" + "9" * 40, "Enter at least $1.00."),
        (
            "7.999",
            "Enter an amount like 1000.00, with at most 2 decimals and no thousands separators.",
        ),
    ],
)
def test_invalid_input_is_kept_and_shows_an_error_at_the_field(
    app: Flask, typed: str, words: str
) -> None:
    form = fill(app, due=typed)
    assert form.errors == {"due": [words]}
    assert form.due._value() == typed.strip()


def test_amount_fields_refuse_negative_and_huge_amounts_by_default(app: Flask) -> None:
    assert "tip" in fill(app, due="5", tip="-0.01").errors
    assert fill(app, due="5", tip=format_plain_amount(MAX_AMOUNT, "USD")).tip.data == MAX_AMOUNT
    assert "tip" in fill(app, due="5", tip=format_plain_amount(MAX_AMOUNT + 1, "USD")).errors


def test_a_form_shows_the_stored_amount(app: Flask) -> None:
    with app.test_request_context():
        form = Till(currency="USD", data={"due": 250})
        assert 'value="2.50"' in form.due()
        assert 'inputmode="decimal"' in form.due()
        assert 'value=""' in form.tip()
