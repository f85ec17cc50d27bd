"""Accounts from the command line."""

from collections.abc import Callable, Iterable

import click
from flask import current_app
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from webapp.auth.controllers import bp
from webapp.auth.forms.login import RegisterForm
from webapp.auth.models import User
from webapp.auth.services import registration, second_factor
from webapp.cli import plain_errors
from webapp.extensions import db
from webapp.forms import choices
from webapp.regions import catalogue
from webapp.regions.models import City
from webapp.web import access
from webapp.web.roles import Role


def asks_for_an_account(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the questions that open an account."""
    command = click.password_option()(plain_errors(command))
    questions = {
        "--city": "Home city",
        "--last-name": "Last name",
        "--first-name": "First name",
        "--email": "E-mail",
        "--username": "Username",
    }
    for option, words in questions.items():  # click asks them from the last to the first
        command = click.option(option, prompt=words)(command)
    return command


@bp.cli.command("create-user")
@asks_for_an_account
def create_user(**told: str) -> None:
    """Open an account. Asks for what is not given; never shows the password."""
    user = _register(told)
    click.echo(f"{user.username} may sign in now.")


@bp.cli.command("create-admin")
@asks_for_an_account
def create_admin(**told: str) -> None:
    """Open an account with the role admin."""
    user = _register(told)
    registration.grant(user.key, Role.ADMIN)
    click.echo(f"{user.username} may sign in now, as admin.")


ROLES = click.Choice([role.value for role in Role if role is not Role.RIDER])


@bp.cli.command("grant")
@click.argument("role", type=ROLES)
@click.argument("user")
@click.option(
    "--city", "names", multiple=True, help="Where it holds; again for more. Without: everywhere."
)
@plain_errors
def grant(role: str, user: str, names: tuple[str, ...]) -> None:
    """Give ROLE to USER (a username or e-mail address).

    A role that is there already holds in these cities from now on, and in no others.
    """
    cities = sorted({_city(name).name for name in names}) or None
    found = _find(user)
    registration.grant(found.key, Role(role), cities)
    click.echo(f"{found.username} has the role {_in_cities(role, cities)} now.")


def _in_cities(role: str, cities: Iterable[str] | None) -> str:
    return role if cities is None else f"{role} in {', '.join(sorted(cities))}"


@bp.cli.command("revoke")
@click.argument("role", type=ROLES)
@click.argument("user")
@plain_errors
def revoke(role: str, user: str) -> None:
    """Take ROLE from USER (a username or e-mail address)."""
    found = _find(user)
    registration.withdraw(found.key, Role(role))
    click.echo(f"{found.username} has the role {role} no more.")


def _find(name: str) -> User:
    found = registration.find_user(name)
    if found is None:
        raise registration.UnknownUser
    return found


@bp.cli.command("reset-second-factor")
@click.argument("user")
@plain_errors
def reset_second_factor(user: str) -> None:
    """Ask USER (a username or e-mail address) for no code: app and recovery codes are lost."""
    found = _find(user)
    second_factor.reset(found)
    click.echo(f"{found.username} is signed out everywhere, and needs no code any more.")


@bp.cli.command("list-users")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@plain_errors
def list_users(limit: int) -> None:
    """Print the newest accounts and their roles."""
    table = Table("username", "e-mail", "name", "city", "region", "roles", "since")
    statement = select(User).order_by(User.created_at.desc(), User.id).limit(limit)
    for user in db.session.scalars(statement).unique():
        held = sorted(user.roles - {Role.RIDER})
        roles = "; ".join(_in_cities(role, user.cities_with_role(role)) for role in held)
        since = f"{user.created_at:%Y-%m-%d}"
        name = f"{user.first_name} {user.last_name}"
        table.add_row(user.username, user.email, name, user.city, user.region, roles, since)
    Console(width=160).print(table)


@bp.cli.command("list-routes")
def list_routes() -> None:
    """Print every address, its methods, and who may call it."""
    table = Table("address", "methods", "access", "endpoint")
    for route in sorted(current_app.url_map.iter_rules(), key=lambda r: r.rule):
        methods = " ".join(sorted((route.methods or set()) - {"HEAD", "OPTIONS"}))
        table.add_row(route.rule, methods, access.rule(route.endpoint) or "closed", route.endpoint)
    Console(width=160).print(table)


def _register(told: dict[str, str]) -> User:
    """Register through the form of the web page, so that the same rules hold."""
    city = _city(told["city"])
    told = {**told, "city": city.name, "password_again": told["password"]}
    with current_app.test_request_context():
        form = RegisterForm(MultiDict(told), meta={"csrf": False})
        form.city.choices = choices([(city.name, city.label)])
        if not form.validate():
            problems = [
                f"{form[name].label.text}: {errors[0]}" for name, errors in form.errors.items()
            ]
            raise click.ClickException(" ".join(map(str, problems)))
    return registration.register(
        registration.Registration(
            city=city,
            first_name=form.first_name.data,
            last_name=form.last_name.data,
            username=form.username.data,
            email=form.email.data,
            password=form.password.data,
        ),
        confirmed=True,  # whoever may run commands vouches for the address
    )


def _city(name: str) -> City:
    if found := catalogue.catalogue().find(name):
        return found
    known = ", ".join(c.name for c in catalogue.catalogue().all()) or "none yet (flask cities add)"
    raise click.ClickException(f"There is no city '{name}'. Open: {known}.")
