"""A reader has a comment translated, in a browser."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.factories import UserFactory
from tests.machine_translation.services import CapitalLetters
from tests.notices.steps import insert_comment, insert_notice
from webapp.machine_translation.services import TranslationService
from webapp.machine_translation.translator import TranslationFailed

WORDS = "Am Pier ist der Ständer jeden Morgen voll."


@pytest.mark.browser
def test_a_translation_stands_below_the_text_without_loading_the_page(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    translations = TranslationService(CapitalLetters())
    monkeypatch.setitem(app.extensions, "movr_translations", translations)
    make_user("ada")
    notice = insert_notice(app)
    insert_comment(app, notice, make_user("bob"), WORDS)
    screen = open_screen()
    screen.sign_in("ada")
    page = screen.go(f"/notices/{notice}")
    button = page.get_by_role("button", name="Translate")
    problem = page.get_by_text("The translation service does not answer.")
    page.get_by_label("Your comment").fill("What I am writing")
    translations.paused_until, translations.failure = float("inf"), TranslationFailed
    button.click()
    expect(problem).to_be_focused()
    translations.paused_until = 0
    button.click()
    translation = page.get_by_text("Translated by a machine (DeepL)").locator("..")
    expect(translation).to_be_focused()
    expect(translation).to_contain_text(WORDS.upper())
    expect(page.get_by_text(WORDS, exact=True)).to_be_visible()
    expect(problem.or_(button)).to_have_count(0)
    expect(page.get_by_label("Your comment")).to_have_value("What I am writing")
    screen.inspect("translation")
