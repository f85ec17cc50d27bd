"""The kinds of notifications about what owners earn."""

from webapp.notification_kinds import Facts, NotificationKind, Topic
from webapp.regions.catalogue import find_city_label
from webapp.riders.notifications.kinds import AMOUNT, format_fact_amount
from webapp.rides.earnings.labels import format_basis_points
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


def _describe_share(facts: Facts) -> str:
    return _(
        "Your share of the price of rides in %(city)s: %(share)s",
        city=find_city_label(facts["city"]),
        share=format_basis_points(facts["basis_points"]),
    )


_NEWS_OF_EARNINGS = _l("There is something new about your earnings")

SHARE_SET = NotificationKind(
    "revenue_share", Topic.OWN_VEHICLES, _describe_share, brief_text=_NEWS_OF_EARNINGS
)

KINDS = (
    SHARE_SET,
    NotificationKind(
        "owner_paid",
        Topic.OWN_VEHICLES,
        lambda facts: _("We've paid you %(amount)s", amount=format_fact_amount(facts)),
        AMOUNT,
        brief_text=_NEWS_OF_EARNINGS,
    ),
    NotificationKind(
        "owner_payout_reversed",
        Topic.OWN_VEHICLES,
        lambda facts: _(
            "The bank returned our payout of %(amount)s", amount=format_fact_amount(facts)
        ),
        AMOUNT,
        brief_text=_NEWS_OF_EARNINGS,
    ),
)
