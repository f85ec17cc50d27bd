"""Rate limits of accounts: what is counted, for whom. The limits are settings."""

from uuid import UUID

from flask import current_app

from webapp.auth.devices import Device
from webapp.web.rate_limits import Bucket, Ceiling, Limit, make_address_buckets, make_bucket


def _limit(setting: str) -> Limit:
    return Limit(*current_app.config[setting])


def make_known_device_bucket(user_id: UUID, device: Device) -> Bucket:
    """Sign-ins to an account from a browser that was signed in to it before.

    Counted apart, so that strangers who guess lock themselves out and not the owner.
    """
    limit = _limit("LIMIT_SIGN_IN_ACCOUNT")
    return make_bucket("sign in, device", limit, (user_id, device.id))


def make_account_bucket(user_id_or_name: UUID | str) -> Bucket:
    """Sign-ins to an account from all other browsers; of an unknown account by the typed name."""
    return make_bucket("sign in, account", _limit("LIMIT_SIGN_IN_ACCOUNT"), user_id_or_name)


def sign_in_address_buckets(device: Device) -> list[Bucket]:
    """Sign-ins from an IP address, to whichever account, from browsers that it does not know.

    A known browser is not counted here: others behind its address would keep its owner out.
    """
    return make_address_buckets("sign in, address", _limit("LIMIT_SIGN_IN_ADDRESS"), device.address)


def failed_token_buckets(address: str) -> list[Bucket]:
    """Access tokens from an IP address that are not in the region that they name."""
    return make_address_buckets("token, address", _limit("LIMIT_TOKEN_ADDRESS"), address)


def make_failed_grants_bucket(client_id: UUID) -> Bucket:
    """Codes and refresh tokens that do not work, of an app with a secret."""
    return make_bucket("token, app", _limit("LIMIT_TOKEN_APP"), client_id)


def failed_sign_ins() -> Ceiling:
    """Failed sign-ins of all visitors together."""
    return Ceiling("sign in", _limit("LIMIT_SIGN_IN_TOTAL"))


def make_reauthentication_bucket(subject: object) -> Bucket:
    """Passwords and codes that are entered once the account is known."""
    return make_bucket("proof", _limit("LIMIT_PROOF"), subject)


def make_second_factor_mail_bucket(user_id: UUID) -> Bucket:
    """Wrong second factors behind the right password, of all browsers together."""
    return make_bucket("wrong code", _limit("LIMIT_WRONG_SECOND_FACTOR"), user_id)


def registration_buckets(device: Device) -> list[Bucket]:
    """Registrations from an IP address."""
    return make_address_buckets("register", _limit("LIMIT_REGISTER_ADDRESS"), device.address)


def email_buckets(kind: str, account: str, device: Device) -> list[Bucket]:
    """E-mails that somebody requests: of one kind to an account, and all from an IP address."""
    return [
        make_email_account_bucket(kind, account),
        *make_address_buckets("mail, address", _limit("LIMIT_MAIL_ADDRESS"), device.address),
    ]


def make_email_account_bucket(kind: str, account: str) -> Bucket:
    """E-mails of one kind to an account."""
    return make_bucket(f"mail, {kind}", _limit("LIMIT_MAIL_ACCOUNT"), account)
