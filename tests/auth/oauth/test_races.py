"""Codes and refresh tokens of apps, used at the same time."""

from functools import partial

from flask import Flask

from tests.auth.oauth.program import Program
from tests.races.steps import ROUNDS
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.services.oauth_grants import end_access


def test_of_two_who_use_a_code_at_once_one_gets_tokens_and_they_end(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    for _ in range(ROUNDS):
        code = program.get_code(ada_browser)
        responses = run_together(app, *[lambda: program.exchange(code)] * 2)  # noqa: B023
        assert sorted(each.status_code for each in responses) == [200, 400]
        assert program.get_me().status_code == 401
        assert program.refresh().status_code == 400


def test_two_who_refresh_at_once_get_the_same_token(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    for _ in range(ROUNDS):
        token = program.refresh_token
        calls = [partial(program.refresh, refresh_token=token)] * 3
        responses = run_together(app, *calls)
        assert [each.status_code for each in responses] == [200] * 3
        assert len({each.get_json()["refresh_token"] for each in responses}) == 1
        assert program.get_me().status_code == 200


def test_access_that_is_taken_away_stays_away_while_the_app_refreshes(
    app: Flask, ada: User, ada_browser: Visitor, program: Program
) -> None:
    for _ in range(ROUNDS):
        program.sign_in(ada_browser)
        run_together(app, program.refresh, lambda: end_access(ada.key, program.client_id))
        assert program.get_me().status_code == 401
        assert program.refresh().status_code == 400
