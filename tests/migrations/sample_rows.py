"""Rows and values with which the services are called, the same in each run."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from uuid import UUID

from shapely import MultiPolygon, box

from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services import (
    login,
    registration,
)
from webapp.auth.services.email_links import LinkToken
from webapp.db.keys import RowKey
from webapp.fleet.enums import PUBLIC_STATES, FormFactor, VehicleState
from webapp.fleet.feeds.imported_vehicles import ImportedVehicleRow, ImportedVehicles
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.gbfs.vehicle_types import HUMAN_BICYCLE
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.quotes import Segment, quote_ride
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.reports.models import Report
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.parsed_zones import ParsedZone
from webapp.regions.geography import Place, Point
from webapp.regions.models import City
from webapp.riders.wallet.models import Payment
from webapp.rides.disputes import queries as dispute_queries
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride
from webapp.rides.reservations.models import Reservation
from webapp.rides.services import (
    end_snapshot,
)
from webapp.rides.trip_import.conversion import ImportedRide, TripImport
from webapp.rides.trip_import.enums import ParkingOutcome
from webapp.rides.trip_import.trip_files import Trip
from webapp.web import rate_limits

REGIONS = {"us-east1", "us-west1", "europe-west1"}
RIDER = RowKey("europe-west1", UUID(int=1))
VEHICLE = RowKey("us-east1", UUID(int=2))
RIDE = RowKey("us-east1", UUID(int=3))
NEW_YORK = City(
    name="new york",
    default_label="New York",
    labels={"es": "Nueva York"},
    region="us-east1",
    timezone="America/New_York",
    lat=40.73,
    lon=-73.99,
)
POINT = Point(40.7, -74.0)
PLACE = Place("here", POINT)
AFTER = (datetime(2026, 7, 1, tzinfo=UTC), UUID(int=4))
TERMS = PlanTerms("Some", "other", "human", unlock_fee=100, segments=(Segment(0, 25, 1),))
AFTER_VERSION = (7, UUID(int=4))
SQUARE = ParsedZone(
    ZoneKind.NO_PARKING, "Square", None, MultiPolygon([box(-74, 40.7, -73.9, 40.8)])
)
ZONE = UUID(int=13)
FEED = Feed(
    "acme",
    "op.example/gbfs.json",
    [FeedVehicle("v1", HUMAN_BICYCLE, POINT, VehicleState.AVAILABLE, 12_000, 80)],
    {},
    last_updated=AFTER[0],
)
FLEET_OF_FEED = ImportedVehicles(
    [
        cast(
            ImportedVehicleRow,
            SimpleNamespace(id=VEHICLE.id, feed_vehicle="v1", feed_source="old.example/gbfs.json"),
        )
    ]
)
DESCRIPTION = VehicleDescription("bike", "Riese", "red", PLACE)


SESSION = RowKey("europe-west1", UUID(int=5))
EVENT = UUID(int=6)
USER = User(
    region=RIDER.region,
    id=RIDER.id,
    city="paris",
    first_name="Ada",
    username="ada",
    email="ada@example.org",
    password_hash="",
    email_confirmed_at=AFTER[0],
    role_grants=[],
)
USER.login_session = LoginSession(region=SESSION.region, id=SESSION.id)
USED = SimpleNamespace(
    region=RIDER.region,
    user_id=RIDER.id,
    purpose="change_new",
    email="new@example.org",
    first_name="Ada",
    created_at=AFTER[0],
)
DEVICE = Device(UUID(int=7), "Firefox", "192.0.2.1", None)
LOGIN_ATTEMPT = login.LoginAttempt(USER, is_known_device=True)
BUCKET = rate_limits.make_bucket("sign in, account", rate_limits.Limit(10, 900), "ada")
TOKEN = LinkToken("europe-west1", "s" * 32)
PERSON = registration.Registration(
    NEW_YORK, "Ada", "Lovelace", "Ada", "Ada@example.org", "four words"
)
FILTER = VehicleFilter(NEW_YORK)
NARROW_FILTER = VehicleFilter(NEW_YORK, PUBLIC_STATES, FormFactor.BICYCLE)
WINDOW = BoundingBox(40.72, -74.0, 40.74, -73.98)

PLAN = PricingPlan(
    id=UUID(int=8),
    currency="USD",
    unlock_fee=100,
    fare_cap_min=1440,
    segments=[{"start": 0, "rate": 25, "interval": 1}],
    reserve_max_min=30,
    reservation_rate=10,
    tax_ppm=100_000,
    tax_included=True,
)
RIDE_END = end_snapshot.RideEndSnapshot(
    Ride(region=RIDE.region, id=RIDE.id, started_at=AFTER[0], plan_id=PLAN.id),
    None,
    AFTER[0] + timedelta(minutes=10),
)
REPORT = Report(region="us-east1", id=UUID(int=10), city="new york")
RESERVATION = Reservation(
    region=RIDER.region,
    rider_id=RIDER.id,
    id=UUID(int=9),
    vehicle_region=VEHICLE.region,
    vehicle_id=VEHICLE.id,
    reserved_at=AFTER[0],
    until=AFTER[0],
)


MESSAGE = UUID(int=15)
CASE = dispute_queries.DisputeCase(
    Dispute(
        region=RIDE.region,
        ride_id=RIDE.id,
        city="new york",
        refunded=50,
        changed_at=AFTER[0],
        messages=[DisputeMessage(at=AFTER[0])],
    ),
    "Ada",
    None,
)


PAYMENT = Payment(
    region=RIDER.region,
    id=UUID(int=11),
    rider_id=RIDER.id,
    currency="EUR",
    amount=1000,
    paid_back=400,
    created_at=AFTER[0],
)
TRIP_IMPORT = TripImport(NEW_YORK, PLAN, RIDER, "trips 0123456789ab")
TRIP = Trip("t1", AFTER[0], AFTER[0] + timedelta(minutes=10), POINT, POINT, 812)
IMPORTED_RIDE = ImportedRide(
    UUID(int=14),
    TRIP,
    1,
    ParkingOutcome.ALLOWED,
    "",
    quote_ride(PLAN.tariff, timedelta(minutes=10)),
)
