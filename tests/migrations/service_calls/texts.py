"""Calls of texts: reading and publishing them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from tests.migrations.sample_rows import RIDE, RIDER, VEHICLE
from tests.migrations.service_calls.calls import execute
from webapp.auth.models import User
from webapp.db.keys import bind_keys
from webapp.extensions import db
from webapp.rides.refusal_reasons import refusal_facts_query
from webapp.rides.reservations.statements.reserve import reserve_vehicle_statement
from webapp.rides.services.start_statement import bind_ride_start, start_ride_statement
from webapp.texts import queries, services
from webapp.texts.agreements.conditions import AcceptedTerms
from webapp.texts.agreements.personal_data import EXPORT_SECTION as AGREEMENTS
from webapp.texts.agreements.services import agree_to_terms_statement, registration_agreement_cte
from webapp.texts.enums import AlertType, TextKind
from webapp.texts.models import TextVersion
from webapp.texts.personal_data import EXPORT_SECTION
from webapp.texts.published_texts import current_texts_query
from webapp.texts.required_terms import required_terms_query
from webapp.texts.services import Draft, TextKey

ADMIN = User(region=RIDER.region, id=RIDER.id)
TERMS = TextKey(TextKind.TERMS, "new york", "en")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
NOTICE = TextVersion(
    kind="notice",
    language="en",
    text="Marathon",
    effective_from=NOW,
    effective_until=NOW + timedelta(days=1),
    alert_type=AlertType.SYSTEM_CLOSURE,
)

ACCEPTED = AcceptedTerms(["new york"], [UUID(int=30)])

TEXTS: dict[str, Callable[[], object]] = {
    "the texts that hold now": execute(current_texts_query),
    "publish a text": lambda: services.publish_version(ADMIN, TERMS, Draft("Be kind"), 1),
    "end a notice": lambda: services.end_notice(ADMIN, NOTICE, 1),
    "the texts of a city": lambda: queries.list_texts_of_city("new york"),
    "the versions of a text": lambda: db.session.execute(queries.versions_query(TERMS, None)),
    "the last version of a text": lambda: queries.find_last_version(TERMS),
    "a version of a text": execute(lambda: queries.version_query(UUID(int=30))),
    "the terms that riders must agree to": execute(required_terms_query),
    "agree to terms": execute(lambda: agree_to_terms_statement(RIDER, UUID(int=30))),
    "agree to terms by registering": execute(
        lambda: select(registration_agreement_cte(RIDER, UUID(int=30)))
    ),
    "start a ride where riders must agree to terms and be old enough": execute(
        lambda: start_ride_statement(
            checks_plan=False,
            checks_place=False,
            checks_debt=False,
            checks_terms=True,
            checks_age=True,
        ).params(bind_ride_start(RIDER, VEHICLE, RIDE, None, None, ACCEPTED))
    ),
    "why a ride was refused where riders must agree to terms and be old enough": execute(
        lambda: refusal_facts_query(checks_debt=False, checks_terms=True, checks_age=True).params(
            **bind_keys(rider=RIDER, vehicle=VEHICLE, ride=RIDE), **ACCEPTED.bind()
        )
    ),
    "reserve a vehicle where riders must agree to terms and be old enough": execute(
        lambda: reserve_vehicle_statement(RIDER, VEHICLE, None, ACCEPTED, checks_age=True)
    ),
    "export the agreements of a person": lambda: list(AGREEMENTS.rows(RIDER)),
    "export the texts that a person has published": lambda: list(EXPORT_SECTION.rows(RIDER)),
}
