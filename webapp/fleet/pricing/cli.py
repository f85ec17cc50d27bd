"""``flask plans``: pricing plans from the command line."""

from dataclasses import replace
from pathlib import Path

import click
from flask.cli import AppGroup

from webapp.cli import report_errors
from webapp.fleet.pricing import services
from webapp.fleet.pricing.gbfs_plans import CityTerms
from webapp.fleet.pricing.labels import format_price, plan_type_label
from webapp.fleet.pricing.plan_files import read_plan_file
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import find_current_plan, list_current_plans
from webapp.regions.catalogue import catalogue
from webapp.regions.cli import find_city
from webapp.regions.models import City

commands = AppGroup("plans", help="Pricing plans: what riding costs.")


@commands.command("list")
@click.option("--city", "city_name", metavar="NAME", help="Only the plans of this city.")
@report_errors
def list_plans(city_name: str | None) -> None:
    """List the current pricing plans."""
    cities = [find_city(city_name)] if city_name else catalogue().all()
    plans = list_current_plans(cities)
    for plan in plans:
        label = plan_type_label(plan.form_factor, plan.propulsion_type)
        price = format_price(plan)
        click.echo(f"{plan.city}: {label}, version {plan.version}, {plan.name}: {price}")
    if not plans:
        click.echo("There are no prices: riding is free.")


@commands.command("publish")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--city", "city_name", metavar="NAME", required=True, help="City of the plans.")
@click.option("--plan", "plan_ids", metavar="ID", multiple=True, help="Only this plan of the file.")
@click.option(
    "--tax", metavar="PERCENT", type=click.FloatRange(0, 100), help="Tax on plans that are taxable."
)
@click.option(
    "--vehicle-types",
    "types_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The vehicle_types.json; by default the one beside FILE.",
)
@report_errors
def publish(
    file: Path,
    city_name: str,
    plan_ids: tuple[str, ...],
    tax: float | None,
    types_file: Path | None,
) -> None:
    """Publish the plans of FILE, a GBFS system_pricing_plans.json or the folder that holds it.

    vehicle_types.json says which plan is for which vehicles. Amounts are in major units, such as
    0.25. Names are read in all languages. Nothing is published unless all the plans can be read.
    Plans that are the same as the current ones are skipped.
    """
    city = find_city(city_name)
    plan_file = read_plan_file(file, CityTerms(city.currency, tax), plan_ids, types_file)
    for note in plan_file.notes:
        click.echo(note)
    for terms in plan_file.terms:
        _publish_if_changed(city, terms)


def _publish_if_changed(city: City, terms: PlanTerms) -> None:
    label = plan_type_label(*terms.plan_type)
    current = find_current_plan(city, terms.plan_type)
    if current and current.name == terms.name:  # a file of GBFS 2 has one language
        terms = replace(terms, labels={**current.labels, **terms.labels})
    if current and PlanTerms.from_plan(current) == terms and current.currency == city.currency:
        click.echo(f"{label}: version {current.version} is the same already")
        return
    plan = services.publish_plan(city, terms, current.version if current else 0)
    click.echo(f"{label}: version {plan.version}: {format_price(plan)}")
