"""Addresses of every route."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.factories import UserFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.surface.routes import ENDPOINTS_WITH_VEHICLE_ID, Address
from webapp.fleet.models import Vehicle


@pytest.fixture
def make_address(
    app: Flask, make_user: UserFactory, make_vehicle: Callable[..., Vehicle]
) -> Callable[[], Address]:
    """Fill the parameters of a route with the rows of somebody new."""

    def make() -> Address:
        other = make_user()
        vehicle = make_vehicle(owner=other)
        values = {
            "<key:vehicle_key>": vehicle.public_key,
            "<code>": vehicle.code,
            "<key:user_key>": other.key,
            "<key:owner_key>": other.key,
            "<key:ride_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:report_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:notification_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:comment_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:task_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:feed_key>": insert_feed(app),
            "<key:bulk_action_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:import_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<int(max=3):number>": "1",
            "<int:number>": "1",
            "<uuid:zone_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:reply_id>": "00000000-0000-4000-8000-000000000000",
            "<name>": "paris",
            "<month>": "2026-08",
            "<kind>": "time",
            "<kind_name>": "comment",
            "<text_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<uuid:notice_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:version_id>": "00000000-0000-4000-8000-000000000000",
            "<city_name>": "paris",
            "<any(v2, v3, 'v3.1-rc3'):version>": "v3",
            "<file_name>": "gbfs",
            "<type_name>": "scooter",
            "<table_name>": "vehicles",
            "<role>": "fleet",
            "<trigger_name>": "idle",
            "<action_name>": "take_out_of_service",
            "<alert_name>": "idle",
            "<section_name>": "rides",
            "<token>": f"us-east1.{'s' * 32}",
            "<uuid:subscription_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:session_id>": "00000000-0000-4000-8000-000000000000",
            "<provider>": "nobody",
            "<uuid:token_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:client_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:place_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:passkey_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:identity_id>": "00000000-0000-4000-8000-000000000000",
            "<path:filename>": "nothing.txt",
            "<uuid:payout_id>": "00000000-0000-4000-8000-000000000000",
            "<key:follow_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:block_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<key:offer_key>": "us-east1.00000000-0000-4000-8000-000000000000",
            "<secret>": "s" * 32,
            "<uuid:photo_id>": "00000000-0000-4000-8000-000000000000",
            "<uuid:payment_id>": "00000000-0000-4000-8000-000000000000",
        }

        def fill(rule: Rule) -> str:
            stable = (
                {"<key:vehicle_key>": vehicle.key}
                if rule.endpoint in ENDPOINTS_WITH_VEHICLE_ID
                else {}
            )
            values_of_rule = {**values, **stable}
            return re.sub(r"<[^>]+>", lambda match: str(values_of_rule[match[0]]), rule.rule)

        return fill

    return make


@pytest.fixture
def address(make_address: Callable[[], Address]) -> Address:
    """Fill the parameters of a route with somebody else's rows."""
    return make_address()
