"""What is not translated: without a service, or beyond the limits."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.machine_translation.conftest import Configure
from tests.machine_translation.services import CapitalLetters, TranslationServer
from tests.machine_translation.steps import MACHINE, SHOUT, WORDS, find_path
from tests.notices.steps import insert_comment
from tests.threads import TIMEOUT_S
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.machine_translation import services
from webapp.notices.comments.models import NoticeComment

pytestmark = pytest.mark.usefixtures("configure")


def test_without_a_translator_there_is_none(
    configure: Configure, browser: Visitor, notice: UUID, comment: NoticeComment
) -> None:
    configure(TRANSLATOR="")
    assert "/translations/" not in browser.get(f"/notices/{notice}").text
    assert browser.send(find_path("comment", comment.key)).status_code == 404


@pytest.mark.parametrize(
    "key", ["us-east1.00000000-0000-4000-8000-000000000000", "paris", "x.y", "a" * 300]
)
def test_what_names_no_text_is_not_found(browser: Visitor, key: str) -> None:
    for kind in ("comment", "notice", "profile", "report", "dispute-message", "remark", "other"):
        assert browser.send(find_path(kind, key)).status_code == 404


def test_a_service_that_fails_is_told_and_left_alone_for_a_while(
    browser: Visitor, comment: NoticeComment, service: TranslationServer, configure: Configure
) -> None:
    service.status = 503
    for _ in range(2):
        response = browser.send(find_path("comment", comment.key))
        assert response.status_code == 200
        assert WORDS in response.text
        assert "The translation service does not answer. Try again later." in response.text
        assert MACHINE not in response.text
    assert len(service.received_requests) == 1
    service.status = 456
    configure()
    text = browser.send(find_path("comment", comment.key)).text
    assert "takes no more texts for now" in text


def test_one_account_may_not_have_everything_translated(
    app: Flask,
    browser: Visitor,
    notice: UUID,
    comment: NoticeComment,
    bob: User,
    configure: Configure,
) -> None:
    configure(LIMIT_TRANSLATIONS=(1, 3600))
    other = insert_comment(app, notice, bob, "Das Rad ist wirklich sehr bequem.").key
    assert SHOUT in browser.send(find_path("comment", comment.key)).text
    text = browser.send(find_path("comment", other)).text
    assert "Too many attempts" in text
    assert "Das Rad ist wirklich sehr bequem." in text
    assert SHOUT in browser.send(find_path("comment", comment.key)).text, "kept"


def test_all_accounts_share_the_characters_of_a_day(
    app: Flask,
    browser: Visitor,
    notice: UUID,
    comment: NoticeComment,
    bob: User,
    configure: Configure,
    service: TranslationServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "ACCOUNT_SHARE", 1)
    configure(TRANSLATOR_CHARACTERS_PER_DAY=len(WORDS) + 5)
    service.status = 500
    browser.send(find_path("comment", comment.key))
    service.status = 200
    configure(TRANSLATOR_CHARACTERS_PER_DAY=len(WORDS) + 5)
    assert SHOUT in browser.send(find_path("comment", comment.key)).text, "it was given back"
    other = insert_comment(app, notice, bob, "Nicht gut.").key
    assert "No more texts are translated today" in browser.send(find_path("comment", other)).text


def test_no_account_uses_up_the_characters_of_all(
    app: Flask, browser: Visitor, notice: UUID, comment: NoticeComment, bob: User, ada: User,
    make_user: UserFactory, configure: Configure,
) -> None:  # fmt: skip
    configure(TRANSLATOR_CHARACTERS_PER_DAY=services.ACCOUNT_SHARE * (len(WORDS) + 5))
    assert SHOUT in browser.send(find_path("comment", comment.key)).text
    other = find_path("comment", insert_comment(app, notice, bob, "Das ist leider nicht gut.").key)
    assert "No more texts are translated today" in browser.send(other).text
    stranger = new_browser(app).sign_in(make_user("carla"))
    assert "No more texts" not in stranger.send(other).text


def test_a_slow_service_holds_two_threads_and_no_connection(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes third is answered at once, which costs the account nothing."""
    is_waiting, may_answer = Semaphore(0), Event()

    class SlowTranslator(CapitalLetters):
        def translate(self, *arguments: Any) -> Sequence[str]:
            is_waiting.release()
            assert may_answer.wait(TIMEOUT_S)
            return super().translate(*arguments)

    users = [make_user().key for _ in range(3)]
    translations = services.TranslationService(SlowTranslator())
    monkeypatch.setitem(app.extensions, "movr_translations", translations)

    def ask(number: int) -> Sequence[str]:
        with app.app_context():
            assert db.session.scalar(select(1))
            return services.translate(users[number], [f"text {number}"], "en")

    with ThreadPoolExecutor(services.MAX_AT_ONCE) as threads, app.app_context():
        waiting = [threads.submit(ask, number) for number in range(services.MAX_AT_ONCE)]
        try:
            assert all(is_waiting.acquire(timeout=TIMEOUT_S) for _ in waiting)
            assert [engine.pool.checkedout() for engine in db.engines.values()] == [0, 0]  # type: ignore[attr-defined]
            with pytest.raises(services.TranslatorBusy):
                services.translate(users[2], ["text 2"], "en")
        finally:
            may_answer.set()
        assert [each.result(TIMEOUT_S) for each in waiting] == [["TEXT 0"], ["TEXT 1"]]
        assert services.translate(users[2], ["text 2"], "en") == ["TEXT 2"]
