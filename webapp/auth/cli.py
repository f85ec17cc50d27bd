"""Accounts from the command line."""

import click
from flask import current_app
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from webapp import access, regions
from webapp.auth import services
from webapp.auth.controllers import bp
from webapp.auth.forms import RegisterForm
from webapp.auth.models import Role, User
from webapp.cli import plain_errors
from webapp.extensions import db
from webapp.forms import choices


@bp.cli.command("create-user")
@click.option("--username", prompt=True)
@click.option("--email", prompt="E-mail")
@click.option("--first-name", prompt=True)
@click.option("--last-name", prompt=True)
@click.option("--city", prompt="Home city")
@click.password_option()
@plain_errors
def create_user(**told: str) -> None:
    """Open an account. Asks for what is not given; never shows the password."""
    user = _register(told)
    click.echo(f"{user.username} may sign in now.")


@bp.cli.command("create-admin")
@click.option("--username", prompt=True)
@click.option("--email", prompt="E-mail")
@click.option("--first-name", prompt=True)
@click.option("--last-name", prompt=True)
@click.option("--city", prompt="Home city")
@click.password_option()
@plain_errors
def create_admin(**told: str) -> None:
    """Open an account with the role admin."""
    user = _register(told)
    services.grant(user.key, Role.ADMIN)
    click.echo(f"{user.username} may sign in now, as admin.")


@bp.cli.command("grant")
@click.argument("role", type=click.Choice([r.value for r in Role if r is not Role.RIDER]))
@click.argument("user")
@plain_errors
def grant(role: str, user: str) -> None:
    """Give ROLE to USER (a username or e-mail address)."""
    found = services.find_user(user)
    if found is None:
        raise services.UnknownUser
    services.grant(found.key, Role(role))
    click.echo(f"{found.username} has the role {role} now.")


@bp.cli.command("list-users")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@plain_errors
def list_users(limit: int) -> None:
    """Print the newest accounts and their roles."""
    table = Table("username", "e-mail", "name", "city", "region", "roles", "since")
    statement = select(User).order_by(User.created_at.desc(), User.id).limit(limit)
    for user in db.session.scalars(statement).unique():
        roles = " ".join(sorted(user.roles))
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
    city = regions.catalogue().find(told["city"])
    if city is None:
        known = (
            ", ".join(c.name for c in regions.catalogue().all()) or "none yet (flask cities add)"
        )
        raise click.ClickException(f"There is no city '{told['city']}'. Open: {known}.")
    told = {**told, "city": city.name, "password_again": told["password"]}
    with current_app.test_request_context():
        form = RegisterForm(MultiDict(told), meta={"csrf": False})
        form.city.choices = choices([(city.name, city.label)])
        if not form.validate():
            problems = [
                f"{form[name].label.text}: {errors[0]}" for name, errors in form.errors.items()
            ]
            raise click.ClickException(" ".join(map(str, problems)))
    return services.register(
        services.Registration(
            city=city,
            first_name=form.first_name.data,
            last_name=form.last_name.data,
            username=form.username.data,
            email=form.email.data,
            password=form.password.data,
        )
    )
