"""Calls of the services and queries of what owners earn."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import NEW_YORK, RIDER
from tests.migrations.service_calls.calls import execute
from webapp.rides.earnings import shares
from webapp.rides.earnings.shares import ShareTerms

OWNER = RIDER
TERMS = ShareTerms(3_000, date(2026, 8, 1), "Contract")

EARNINGS: dict[str, Callable[[], Any]] = {
    "agree a revenue share": execute(
        lambda: shares.agree_share_statement(NEW_YORK, "ada", TERMS, UUID(int=31))
    ),
    "the owners of a city": lambda: shares.list_owner_shares(NEW_YORK, (UUID(int=4),)),
    "the shares of an owner": lambda: shares.find_agreement(NEW_YORK, OWNER),
}
