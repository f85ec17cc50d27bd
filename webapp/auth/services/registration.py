"""Creating an account."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CTE, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.proof_of_work import check_proof, refuses_used_proofs
from webapp.auth.rate_limits import make_email_account_bucket, registration_buckets
from webapp.auth.services import sessions
from webapp.auth.services.email_confirmation import confirmation_link_ctes
from webapp.auth.services.email_links import LinkToken
from webapp.auth.services.identities import IdentityTaken, insert_identity_statement
from webapp.db.errors import violated_constraint
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.hooks import get_hooks
from webapp.mail import mail_statement
from webapp.regions.enums import CityFeature
from webapp.regions.features import check_feature
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket, TooManyTries
from webapp.web.urls import public_url

#: The columns that a new account is inserted with.
NEW_USER_COLUMNS = (
    "region", "id", "city", "first_name", "last_name", "username", "email", "password_hash",
    "language",
)  # fmt: skip


class UsernameTaken(DomainError):
    status = 422
    field = "username"
    message = _l("This username is taken. Choose another one.")


class EmailTaken(DomainError):
    status = 422
    field = "email"
    message = _l("There is already an account with this e-mail address. Sign in instead.")


@dataclass(frozen=True)
class Registration:
    """What a person enters to create an account."""

    city: City
    first_name: str
    last_name: str
    username: str
    email: str
    #: Empty: the account has no password, and is signed in to through an identity.
    password: str
    #: In which the person reads, ISO 639. '': not known.
    language: str = ""
    #: The version of the terms that the person agrees to; None: there are none.
    terms_id: UUID | None = None


def register(
    registration: Registration,
    device: Device | None = None,
    *,
    is_email_confirmed: bool = False,
    claims: IdentityClaims | None = None,
    proof_bucket: Bucket | None = None,
) -> User:
    """Create an account in the region of its home city and return it. One statement.

    device: sign it in there, too, with the session at ``user.login_session``.
    is_email_confirmed: otherwise a link that confirms the address is sent.
    claims: an identity to link with the account.
    proof_bucket: of a proof of work, which is asked for after many attempts; never of who comes
        with an identity.

    Raises UsernameTaken, EmailTaken and IdentityTaken, which unique constraints decide, and
    WeakPassword, TooManyTries, ProofOfWorkNeeded.
    """
    check_feature(registration.city, CityFeature.SIGN_UPS, field="city")
    if device:
        _count_attempt(device, proof_bucket, needs_proof=claims is None)
    user = _make_user(registration)
    login_session = sessions.new_session(user.key, device) if device else None
    token = None if is_email_confirmed else LinkToken.create(user.region)
    statement = _register_statement(user, login_session, token, claims, registration.terms_id)
    try:
        [(user.created_at,)] = execute_write(statement)
    except IntegrityError as error:
        raise _make_refusal(error, user.email) from None
    user.email_confirmed_at = user.created_at if is_email_confirmed else None
    if login_session:
        user.login_session = login_session
    for call in get_hooks().on_registration:
        call(registration.city)
    return user


def _count_attempt(device: Device, proof_bucket: Bucket | None, needs_proof: bool) -> None:
    """Count a registration. Raises TooManyTries and ProofOfWorkNeeded."""
    buckets = registration_buckets(device)
    with refuses_used_proofs():
        share = rate_limits.count_attempt(buckets, single_use_bucket=proof_bucket)
    if needs_proof:
        check_proof(share, proof_bucket)


def _make_user(registration: Registration) -> User:
    """Return the account, with the hash of its password. Raises WeakPassword."""
    user = User(
        region=registration.city.region,
        id=uuid4(),
        city=registration.city.name,
        first_name=registration.first_name,
        last_name=registration.last_name,
        username=registration.username.lower(),
        email=registration.email.lower(),
        password_hash="",
        language=registration.language,
        role_grants=[],
    )
    if registration.password:
        passwords.check_strength(registration.password, user.personal_words)
        user.password_hash = passwords.hash_password(registration.password)
    return user


def _register_statement(
    user: User,
    login_session: LoginSession | None,
    token: LinkToken | None,
    claims: IdentityClaims | None,
    terms_id: UUID | None,
) -> ReturningInsert[tuple[datetime]]:
    """Return the INSERT of the account, with those of all that belongs to it.

    token: of the link that confirms the address; None: it is confirmed.
    terms_id: the version of the terms that the person agrees to; None: there are none.
    """
    users = table(User)
    values: dict[str, object] = {name: getattr(user, name) for name in NEW_USER_COLUMNS}
    values["email_confirmed_at"] = None if token else func.now()
    audit_event = account_event_statement(AuditKind.REGISTERED, user.key, actor=user.key)
    parts: list[CTE] = [as_cte(audit_event)]
    if login_session:
        parts.append(sessions.insert_session_statement(login_session).cte("login_session"))
    if token:
        parts.extend(confirmation_link_ctes(user, token))
    if claims:
        parts.append(insert_identity_statement(user.key, uuid4(), claims).cte("identity"))
    terms = get_hooks().registration_terms
    if terms and terms_id:
        parts.append(terms.agreement_cte(user.key, terms_id))
    return insert(users).values(values).returning(users.c.created_at).add_cte(*parts)


def _make_refusal(error: IntegrityError, email: str) -> Exception:
    """Return the domain error for a violated constraint.

    The owner of an address that is taken gets a mail.
    """
    refusals: dict[str, type[DomainError]] = {
        "uq_users_username": UsernameTaken,
        "uq_users_email": EmailTaken,
        "uq_identities_issuer": IdentityTaken,
    }
    refusal = refusals.get(violated_constraint(error))
    if refusal is EmailTaken:
        _notify_owner(email)
    return refusal() if refusal else error


def _notify_owner(email: str) -> None:
    """Tell the owner of the address by mail that somebody tried to register with it."""
    with suppress(TooManyTries):  # the owner has got enough of these mails
        rate_limits.count_attempt([make_email_account_bucket("taken", email)])
        _send_email_taken(email)


def _send_email_taken(email: str) -> None:
    users = table(User)
    owner = select(users.c.region, users.c.id).where(users.c.email == email).cte("owner")
    notice = mail_statement(
        "address_taken",
        cte_key(owner),
        after=owner,
        link=public_url("auth.login.sign_in"),
        reset_link=public_url("auth.password_reset.request_link"),
    )
    execute_write(notice, idempotent=True)
