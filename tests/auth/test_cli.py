"""Accounts from the command line."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import PASSWORD, RowReader, UserFactory
from tests.visitor import Visitor
from webapp.auth.labels import ROLE_DESCRIPTIONS
from webapp.auth.models import User
from webapp.auth.services.staff_accounts import list_granted_cities
from webapp.auth.services.users import find_user
from webapp.web.roles import GRANTABLE_ROLES, Role


@pytest.fixture
def run(app: Flask) -> Callable[..., Any]:
    return lambda *words, **options: app.test_cli_runner().invoke(args=words, **options)


ANSWERS = f"ada\nada@example.org\nAda\nLovelace\nParis\n{PASSWORD}\n{PASSWORD}\n"


def test_create_user_asks_and_never_shows_the_password(
    run: Callable[..., Any], visitor: Visitor
) -> None:
    result = run("create-user", input=ANSWERS)
    assert result.exit_code == 0, result.output
    assert "ada may sign in now." in result.output
    assert PASSWORD not in result.output
    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 303


def test_create_admin_creates_an_account_with_the_roles_of_staff(
    app: Flask, run: Callable[..., Any]
) -> None:
    assert run("create-admin", input=ANSWERS).exit_code == 0
    with app.app_context():
        user = find_user("ada")
        assert user
        assert user.roles == {Role.RIDER, Role.ADMIN}


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (ANSWERS.replace("Paris", "Atlantis"), "There is no city 'Atlantis'"),
        (ANSWERS.replace(PASSWORD, "short"), "Password: Use 8 to 128 characters."),
        (ANSWERS.replace("ada@example.org", "ada"), "E-mail: Enter a valid e-mail address."),
    ],
)
def test_the_command_line_checks_input_like_the_page(
    run: Callable[..., Any], answers: str, problem: str
) -> None:
    result = run("create-user", input=answers)
    assert result.exit_code == 1
    assert problem in result.output


def test_a_taken_name_is_one_line_of_error(run: Callable[..., Any], make_user: UserFactory) -> None:
    make_user("ada", email="other@example.org")
    result = run("create-user", input=ANSWERS)
    assert result.exit_code == 1
    assert "Error: This username is taken." in result.output


def test_grant_gives_access_to_the_staff_pages(
    app: Flask, run: Callable[..., Any], make_user: UserFactory, visitor: Visitor
) -> None:
    visitor.sign_in(make_user("ada"))
    assert visitor.get("/fleet").status_code == 403
    for _ in range(2):
        assert "ada has the role fleet now." in run("grant", "fleet", "ada@example.org").output
    assert visitor.get("/fleet").status_code == 200
    assert "There is no account with that name." in run("grant", "admin", "nobody").output
    assert run("grant", "king", "ada").exit_code == 2
    assert "ada has the role fleet no more." in run("revoke", "fleet", "ada").output
    assert visitor.get("/fleet").status_code == 403


def test_the_help_of_grant_says_what_each_role_may_do(run: Callable[..., Any]) -> None:
    output = " ".join(run("grant", "--help").output.split())
    for role in GRANTABLE_ROLES:
        assert f"{role}: {ROLE_DESCRIPTIONS[role]}" in output


def test_list_users_shows_names_and_roles(run: Callable[..., Any], make_user: UserFactory) -> None:
    make_user("ada", roles=["fleet"])
    assert run("grant", "admin", "ada", "--city", "Paris").exit_code == 0
    output = run("list-users").output
    assert "ada@example.org" in output
    assert "admin in paris; fleet" in output


def test_a_role_is_granted_for_some_cities_and_then_for_others(
    run: Callable[..., Any], make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    given = run("grant", "fleet", "ada", "--city", "Paris", "--city", "boston", "--city", "PARIS")
    assert given.output == "ada has the role fleet in boston, paris now.\n"
    assert list_granted_cities(row(User, ada.key), Role.FLEET) == {"boston", "paris"}
    run("grant", "fleet", "ada", "--city", "new york")
    assert list_granted_cities(row(User, ada.key), Role.FLEET) == {"new york"}
    run("grant", "fleet", "ada")
    assert list_granted_cities(row(User, ada.key), Role.FLEET) is None


def test_a_role_cannot_be_granted_for_an_unknown_city(
    run: Callable[..., Any], make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    refused = run("grant", "fleet", "ada", "--city", "paris", "--city", "Atlantis")
    assert refused.exit_code == 1
    assert "There is no city 'Atlantis'. Open: new york," in refused.output
    assert row(User, ada.key).roles == {Role.RIDER}
