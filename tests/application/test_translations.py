"""Texts and words that are cached are those of the language of the request."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from tests.untranslated import BracketTranslations, use_translations
from tests.visitor import Visitor
from webapp.fleet.alerts.labels import alert_label
from webapp.fleet.bulk_actions.labels import bulk_result_label
from webapp.fleet.pricing.labels import format_price
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.reports.labels import report_kind_label
from webapp.templating import audit_kind_label
from webapp.translations import force_locale
from webapp.translations.catalogues import list_languages_with_catalogue, load_translations
from webapp.translations.collation import sort_key
from webapp.translations.pseudo import PseudoTranslations, make_pseudo_translations

TEXTS = (
    '{{ _("Skip to content") }}, {{ _("All in %(city)s", city="<b>") }}, {{ _("%(n)d%%", n=5) }}'
)
IN_ENGLISH = "Skip to content, All in &lt;b&gt;, 5%"
IN_BRACKETS = "⟦Skip to content⟧, ⟦All in &lt;b&gt;⟧, ⟦5%⟧"


@pytest.fixture
def plan() -> PricingPlan:
    segments = [{"start": 0, "rate": 25, "interval": 1}]
    return PricingPlan(
        currency="EUR", unlock_fee=150, segments=segments, fare_cap_min=1440, tax_ppm=0
    )


def test_a_text_is_cached_for_its_language_only(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with app.test_request_context():
            assert render_template_string(TEXTS) == IN_ENGLISH
    brackets = BracketTranslations()
    with monkeypatch.context() as patch:
        use_translations(patch, brackets)
        for _ in range(2):
            with app.test_request_context():
                assert render_template_string(TEXTS) == IN_BRACKETS
    with app.test_request_context():
        assert render_template_string(TEXTS) == IN_ENGLISH


def test_a_text_is_looked_up_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[str] = []

    class CountingTranslations(BracketTranslations):
        def ugettext(self, message: str) -> str:
            lookups.append(message)
            return message

    translations = CountingTranslations()
    use_translations(monkeypatch, translations)
    for _ in range(3):
        with app.test_request_context():
            assert render_template_string(TEXTS) == IN_ENGLISH
    assert lookups == ["Skip to content", "All in %(city)s", "%(n)d%%"]


def test_another_language_inside_of_a_request_has_its_own_texts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_translations(monkeypatch, BracketTranslations(), "de")
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    with app.test_request_context():
        assert render_template_string(TEXTS) == IN_ENGLISH
        with force_locale("de"):
            assert render_template_string(TEXTS) == IN_BRACKETS
        assert render_template_string(TEXTS) == IN_ENGLISH


def test_a_language_that_is_not_offered_shows_the_texts_in_english(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_translations(monkeypatch, BracketTranslations(), "de")
    with app.test_request_context(), force_locale("de"):
        assert render_template_string(TEXTS) == IN_ENGLISH


def test_the_words_of_a_price_are_cached_for_their_language_only(
    app: Flask, plan: PricingPlan
) -> None:
    for locale, words in [("en", "€1.50 to unlock"), ("de", "1,50\xa0€ to unlock")] * 2:
        with app.test_request_context(), force_locale(locale):
            assert format_price(plan).startswith(words)


def test_the_words_of_a_price_are_cached_for_its_terms_only(app: Flask, plan: PricingPlan) -> None:
    with app.test_request_context():
        assert format_price(plan) == "€1.50 to unlock, €0.25 a minute"
        plan.unlock_fee = 200
        assert format_price(plan) == "€2.00 to unlock, €0.25 a minute"


@pytest.mark.parametrize(
    "label", [alert_label, audit_kind_label, bulk_result_label, report_kind_label]
)
def test_a_stored_value_that_this_release_does_not_know_stands_for_itself(
    label: Callable[[str], str],
) -> None:
    assert label("of_the_next_release") == "of_the_next_release"


def test_labels_of_stored_values_are_never_looked_up_by_a_member_made_of_them() -> None:
    """``LABELS[Kind(stored)]`` raises ValueError for a value of the next release."""
    webapp = Path(__file__).parents[2] / "webapp"
    found = [
        f"{path.name}: {line}"
        for path in webapp.rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"LABELS\[[A-Z]\w+\(", line)
    ]
    assert found == []


def test_a_colon_follows_a_label_as_its_language_writes_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "fr"))
    template = '{{ _("Total")|add_colon }} {{ _("Price plan")|add_colon }} 5'
    with app.test_request_context():
        assert render_template_string(template) == "Total: Price plan: 5"
        with force_locale("fr"):
            assert (
                render_template_string(template)
                == "Total\N{NO-BREAK SPACE}: Tarif\N{NO-BREAK SPACE}: 5"
            )


def test_a_text_of_the_made_up_language_is_as_wide_as_the_widest_translation() -> None:
    pseudo = PseudoTranslations()
    languages = [load_translations(each) for each in list_languages_with_catalogue()]
    for text in ("Search", "Recovery codes", "Sign out", "Two-factor authentication"):
        wide = pseudo.ugettext(text)
        assert len(wide) >= max(len(each.ugettext(text)) for each in languages)
        words = [word for each in languages for word in re.split("[ -]", each.ugettext(text))]
        assert max(map(len, re.split("[ -]", wide))) >= max(map(len, words))
    assert "%(city)s" in pseudo.ugettext("Your ride in %(city)s")
    assert "%(num)d" in pseudo.ungettext("%(num)d ride", "%(num)d rides", 3)
    assert len(pseudo.upgettext("button", "Ride")) >= len("Rouler")


def test_a_page_in_a_language_from_right_to_left_says_so(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '<html lang="en" data' in visitor.get("/help").text
    monkeypatch.setitem(app.config, "PSEUDO_LANGUAGE", "ar")
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "ar"))
    page = visitor.get("/login", headers={"Accept-Language": "ar"}).text
    assert '<html lang="ar" dir="rtl" data' in page
    assert make_pseudo_translations().ugettext("Forgot your password?") in unescape(page)


def test_names_are_sorted_without_regard_to_case_and_accents() -> None:
    names = ["Zürich", "évora", "Essen", "Écija", "Ulm", "über", "Ècija", "Straße", "Strasse 2"]
    in_order = ["Ècija", "Écija", "Essen", "évora", "Straße", "Strasse 2", "über", "Ulm", "Zürich"]
    assert sorted(names, key=sort_key) == in_order
