"""Prices from the command line."""

from pathlib import Path

import click
from flask.cli import AppGroup

from webapp.cli import plain_errors
from webapp.fleet.pricing import services as publishing
from webapp.fleet.pricing.gbfs_plans import read_plans
from webapp.fleet.pricing.labels import plan_type, price_words
from webapp.fleet.pricing.plan_terms import Terms
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

commands = AppGroup("plans", help="What riding costs.")


@commands.command("list")
@click.option("--city", "name", metavar="NAME", help="Only this one.")
@plain_errors
def list_plans(name: str | None) -> None:
    """List the prices in force."""
    cities = [_city(name)] if name else catalogue().all()
    found = publishing.in_force(cities)
    for plan in found:
        about = plan_type(plan.form_factor, plan.propulsion_type)
        click.echo(f"{plan.city}: {about}, version {plan.version}: {price_words(plan)}")
    if not found:
        click.echo("There are no prices: riding is free.")


@commands.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--city", "name", metavar="NAME", required=True, help="Where they hold.")
@plain_errors
def publish(file: Path, name: str) -> None:
    """Publish the plans of FILE, a system_pricing_plans.json of GBFS 3.

    Amounts are in major units: 0.25. Nothing is published unless all of the file is understood.
    Plans that say what is in force already are left alone.
    """
    city = _city(name)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"Cannot read {file}: {error}") from None
    for terms in read_plans(text, city.currency):
        _publish(city, terms)


def _publish(city: City, terms: Terms) -> None:
    about = plan_type(terms.form_factor, terms.propulsion_type)
    current = publishing.current(city, (terms.form_factor, terms.propulsion_type))
    if current and publishing.terms_of(current) == terms and current.currency == city.currency:
        click.echo(f"{about}: version {current.version} says so already")
        return
    plan = publishing.publish(city, terms, current.version if current else 0)
    click.echo(f"{about}: version {plan.version}: {price_words(plan)}")


def _city(name: str) -> City:
    city = catalogue().find(name)
    if city is None:
        raise click.ClickException(f"There is no city {name!r}. Open it with 'flask cities add'.")
    return city
