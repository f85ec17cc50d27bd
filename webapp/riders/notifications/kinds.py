"""The kinds of notifications about the account itself and its money. Those of vehicles and rides
are in the modules ``fleet`` and ``rides``."""

from webapp.money import format_amount
from webapp.notification_kinds import Facts, NotificationKind, Topic
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: The values of a mail that make an amount.
AMOUNT = ("amount_minor", "currency")


def format_fact_amount(facts: Facts) -> str:
    """Return the amount of facts that have one."""
    return format_amount(facts["amount_minor"], facts["currency"])


_SECURITY = {
    "new_device": _l("New sign-in to your account"),
    "wrong_second_factor": _l("Someone may know your password"),
    "password_changed": _l("Your password was changed"),
    "second_factor_on": _l("Two-factor authentication is on"),
    "second_factor_off": _l("Two-factor authentication is off"),
    "recovery_codes_made": _l("You have new recovery codes"),
    "identity_linked": _l("A new account is connected"),
    "email_changed": _l("Your e-mail address was changed"),
    "api_token_created": _l("A new access token for your account"),
    "app_access_given": _l("An app has access to your account"),
    "data_export_ready": _l("Your data is ready to download"),
    "data_export_failed": _l("Your data could not be put together"),
}

_NEWS_OF_WALLET = _l("There is something new in your wallet")

PAYMENT_FAILED = NotificationKind(
    "payment_failed",
    Topic.MONEY,
    lambda facts: _("Your payment of %(amount)s failed", amount=format_fact_amount(facts)),
    brief_text=_l("A payment failed"),
)
KINDS = (
    *(NotificationKind(name, Topic.SECURITY, text) for name, text in _SECURITY.items()),
    NotificationKind(
        "credit_given",
        Topic.MONEY,
        lambda facts: _("You received %(amount)s credit", amount=format_fact_amount(facts)),
        AMOUNT,
        brief_text=_NEWS_OF_WALLET,
    ),
    NotificationKind(
        "credit_taken",
        Topic.MONEY,
        lambda facts: _(
            "%(amount)s of credit taken from your wallet", amount=format_fact_amount(facts)
        ),
        AMOUNT,
        brief_text=_NEWS_OF_WALLET,
    ),
    PAYMENT_FAILED,
)
