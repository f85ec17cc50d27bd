"""Commands for accounts."""

from collections.abc import Callable, Iterable

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from webapp.auth.forms.registration import RegisterForm
from webapp.auth.labels import ROLE_DESCRIPTIONS
from webapp.auth.models import User
from webapp.auth.services import registration, role_grants, second_factor_setup, users
from webapp.cli import report_errors
from webapp.extensions import db
from webapp.forms import choices
from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.web.roles import GRANTABLE_ROLES, Role

ROLE_CHOICE = click.Choice([role.value for role in GRANTABLE_ROLES])


def asks_for_registration(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the prompts for what a registration consists of."""
    command = click.password_option()(command)
    prompts = {
        "--city": "Home city",
        "--last-name": "Last name",
        "--first-name": "First name",
        "--email": "E-mail",
        "--username": "Username",
    }
    for option, prompt in prompts.items():  # click asks from the last to the first
        command = click.option(option, prompt=prompt)(command)
    return command


@click.command("create-user")
@asks_for_registration
@with_appcontext
@report_errors
def create_user(**values: str) -> None:
    """Create an account. Asks for what is not given; never shows the password."""
    user = _register(values)
    click.echo(f"{user.username} may sign in now.")


@click.command("create-admin")
@asks_for_registration
@with_appcontext
@report_errors
def create_admin(**values: str) -> None:
    """Create an account with the role admin."""
    user = _register(values)
    role_grants.grant_role(user.key, Role.ADMIN)
    click.echo(f"{user.username} may sign in now, as admin.")


def _register(values: dict[str, str]) -> User:
    """Register through the form of the web page, so that the same rules apply."""
    city = _find_city(values["city"])
    values = {**values, "city": city.name, "password_again": values["password"]}
    with current_app.test_request_context():
        form = RegisterForm(MultiDict(values), meta={"csrf": False})
        form.city.choices = choices([(city.name, city_label(city))])
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
        is_email_confirmed=True,  # the operator vouches for the address
    )


def _find_city(name: str) -> City:
    if city := catalogue().find(name):
        return city
    names = ", ".join(city.name for city in catalogue().all()) or "none yet (flask cities add)"
    raise click.ClickException(f"There is no city '{name}'. Open: {names}.")


# --- roles -----------------------------------------------------------------------------------


def _describe_roles() -> str:
    """Return the help on what each role may do, a line each."""
    lines = (f"{role.value}: {ROLE_DESCRIPTIONS[role]}" for role in GRANTABLE_ROLES)
    return "\n\n".join(lines)


@click.command("grant", epilog=_describe_roles())
@click.argument("role", type=ROLE_CHOICE)
@click.argument("user")
@click.option(
    "--city", "cities", multiple=True, help="Where it holds; again for more. Without: everywhere."
)
@with_appcontext
@report_errors
def grant(role: str, user: str, cities: tuple[str, ...]) -> None:
    """Grant ROLE to USER (a username or e-mail address).

    A role that USER has already covers these cities from now on, and no others.
    """
    city_names = sorted({_find_city(name).name for name in cities}) or None
    account = users.get_user(user)
    role_grants.grant_role(account.key, Role(role), city_names)
    click.echo(f"{account.username} has the role {_describe_role(role, city_names)} now.")


@click.command("revoke")
@click.argument("role", type=ROLE_CHOICE)
@click.argument("user")
@with_appcontext
@report_errors
def revoke(role: str, user: str) -> None:
    """Revoke ROLE from USER (a username or e-mail address)."""
    account = users.get_user(user)
    role_grants.revoke_role(account.key, Role(role))
    click.echo(f"{account.username} has the role {role} no more.")


def _describe_role(role: str, city_names: Iterable[str] | None) -> str:
    return role if city_names is None else f"{role} in {', '.join(sorted(city_names))}"


# --- other -----------------------------------------------------------------------------------


@click.command("reset-second-factor")
@click.argument("user")
@with_appcontext
@report_errors
def reset_second_factor(user: str) -> None:
    """Turn off the second factor of USER (a username or e-mail address), who has lost app and
    recovery codes."""
    account = users.get_user(user)
    second_factor_setup.reset(account)
    click.echo(f"{account.username} is signed out everywhere, and needs no code any more.")


@click.command("list-users")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@with_appcontext
@report_errors
def list_users(limit: int) -> None:
    """Print the newest accounts and their roles."""
    output = Table("username", "e-mail", "name", "city", "region", "roles", "since")
    statement = (
        select(User)
        .where(User.deleted_at.is_(None))
        .order_by(User.created_at.desc(), User.id)
        .limit(limit)
    )
    for user in db.session.scalars(statement).unique():
        labels = "; ".join(sorted(_describe_role(g.role, g.cities) for g in user.role_grants))
        since = f"{user.created_at:%Y-%m-%d}"
        name = f"{user.first_name} {user.last_name}"
        output.add_row(user.username, user.email, name, user.city, user.region, labels, since)
    Console(width=160).print(output)
