"""Calls of the services and queries of accounts and of the audit trail."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Response

from tests.migrations.sample_rows import (
    AFTER,
    BUCKET,
    DEVICE,
    LOGIN_ATTEMPT,
    NEW_YORK,
    PERSON,
    RIDER,
    SESSION,
    TOKEN,
    USER,
)
from tests.migrations.service_calls.calls import in_account_deletion
from webapp.api.idempotency import KeyedRequest, keep_answer_statement
from webapp.audit import queries as trail
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.queries import AuditFilter
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import User
from webapp.auth.notes.queries import list_notes
from webapp.auth.notes.services import add_note
from webapp.auth.passkeys import services as passkeys
from webapp.auth.passkeys import sign_in as passkey_sign_in
from webapp.auth.passkeys.ceremonies import NewCredential
from webapp.auth.passkeys.models import Passkey
from webapp.auth.queries import find_account_details
from webapp.auth.services import (
    api_tokens,
    email_change,
    email_confirmation,
    email_links,
    login,
    password_reset,
    registration,
    role_grants,
    second_factor,
    sessions,
    staff_accounts,
    users,
)
from webapp.auth.services.account_deletion import (
    anonymise_events_statement,
    delete_account_rows_in_slices,
)
from webapp.auth.services.last_admin import check_other_admin
from webapp.auth.token_text import TokenText
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.riders import queries as rider_queries
from webapp.riders.ages import services as ages
from webapp.riders.jobs import resume_deletions_statement
from webapp.riders.phones import services as phones
from webapp.riders.photos import queries as photo_queries
from webapp.riders.photos import services as photo_services
from webapp.riders.photos.services import NewPhoto
from webapp.riders.services.account_deletion import (
    delete_account,
    delete_user,
    end_account_statement,
)
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.staff_search import SearchTerm
from webapp.web import rate_limits
from webapp.web.roles import Role
from webapp.web.scopes import Scope

API_TOKEN = TokenText(SESSION, "s" * 43)
PASSKEY = Passkey(region=USER.region, id=SESSION.id, user_id=USER.id, sign_count=0)

ACCOUNTS: dict[str, Callable[[], Any]] = {
    "sign in by username": lambda: users.find_user("Ada"),
    "sign in by e-mail": lambda: users.find_user("Ada@example.org"),
    "the account of a session": lambda: sessions.find_user(SESSION),
    "the account of an access token": lambda: api_tokens.find_token_user(API_TOKEN, "192.0.2.1"),
    "keep the answer to a request with an idempotency key": lambda: execute_write(
        keep_answer_statement(
            RIDER,
            KeyedRequest("d" * 64, "f" * 64, RIDER.id),
            "rides.api_rides.start",
            Response("{}"),
        )
    ),
    "create an access token": lambda: execute_write(
        api_tokens.create_token_statement(
            USER, API_TOKEN, "Program", [Scope.RIDES_READ], timedelta(days=7)
        )
    ),
    "delete an access token": lambda: api_tokens.delete_token(RIDER, SESSION.id),
    "update when an access token was last used": lambda: api_tokens.update_last_used(SESSION),
    "register": lambda: registration.register(PERSON, DEVICE),
    "sign in: find the account": lambda: login.prepare_attempt(User.username == "ada", DEVICE),
    "count an attempt": lambda: rate_limits.count_attempt([BUCKET]),
    "start a session": lambda: login.sign_in(LOGIN_ATTEMPT, DEVICE, remember=False, password="x"),
    "update when a session was last used": lambda: sessions.update_last_seen(SESSION),
    "end a session": lambda: sessions.end_session(RIDER, SESSION.id),
    "end all other sessions": lambda: sessions.end_other_sessions(RIDER, SESSION),
    "sessions of a rider": lambda: second_factor.find_status_and_sessions(USER),
    "the passkeys of an account": lambda: passkeys.list_passkeys(USER),
    "rename a passkey": lambda: passkeys.rename_passkey(USER, SESSION.id, "Phone"),
    "add a passkey": lambda: execute_write(
        passkeys._insert_statement(USER, "Phone", NewCredential("id", b"key", 0))
    ),
    "sign in with a passkey": lambda: execute_write(
        passkey_sign_in.sign_in_statement(
            LOGIN_ATTEMPT, PASSKEY, 1, DEVICE, sessions.new_session(RIDER, DEVICE)
        )
    ),
    "confirm an age": lambda: ages.confirm_age(RIDER, NEW_YORK, date(1990, 5, 5)),
    "send a code to a phone": lambda: phones.send_code(USER, "+12125550123", DEVICE),
    "confirm a phone number": lambda: execute_write(phones._confirm_statement(RIDER, "d" * 64)),
    "remove a phone number": lambda: phones.remove_number(USER),
    "record a reauthentication": lambda: sessions.record_reauthentication(SESSION),
    "ask for a new password": lambda: password_reset.request_password_reset(
        "ada@example.org", DEVICE
    ),
    "find a link": lambda: email_links.find_link(TOKEN, EmailLinkPurpose.RESET),
    "confirm an address": lambda: email_confirmation.confirm_email(TOKEN),
    "ask for another address": lambda: email_change.request_email_change(
        USER, "new@example.org", DEVICE
    ),
    "confirm another address": lambda: email_change.confirm_email_change(TOKEN),
    "grant a role": lambda: role_grants.grant_role(RIDER, Role.FLEET),
    "revoke a role": lambda: role_grants.revoke_role(RIDER, Role.FLEET),
    "a profile": lambda: rider_queries.read_profile(RIDER),
    "the page of a profile": lambda: rider_queries.find_profile(USER, RIDER),
    "a profile photo": lambda: photo_queries.read_photo(USER, RIDER, RIDER.id),
    "save a profile photo": lambda: photo_services.save_photo(RIDER, NewPhoto(b"large", b"small")),
    "remove the own profile photo": lambda: photo_services.remove_own_photo(RIDER),
    "remove the photo of a rider": lambda: photo_services.remove_photo_of_rider(
        USER, RIDER.id, "why"
    ),
    "save a profile": lambda: save_profile(
        RIDER, ProfileData(NEW_YORK, "Ada", "Lovelace", "I count.")
    ),
    "users of a city": lambda: rider_queries.list_users(
        rider_queries.UserFilter([NEW_YORK], is_closed=True), AFTER
    ),
    "staff of a city": lambda: rider_queries.list_users(
        rider_queries.UserFilter([NEW_YORK], Role.FLEET), None
    ),
    "users by a part of a name": lambda: rider_queries.find_users(
        rider_queries.UserFilter([NEW_YORK]), SearchTerm("ada")
    ),
    "notes about an account": lambda: list_notes(USER, USER.key, AFTER),
    "add a note": lambda: add_note(USER, USER, "Called twice.", "nonce"),
    "delete an account": lambda: delete_account(USER),
    "the last admin of a deleted account": in_account_deletion(check_other_admin),
    "end an account": lambda: execute_write(end_account_statement(RIDER)),
    "delete the rows of an account": lambda: delete_account_rows_in_slices(RIDER),
    "anonymise more events of an account": lambda: execute_write(
        anonymise_events_statement("us-east1", AuditEvent.actor_id == RIDER.id, AFTER)
    ),
    "delete what is left of an account": in_account_deletion(delete_user),
    "resume the deletion of accounts": lambda: execute_write(
        resume_deletions_statement(RowKey("us-east1", USER.id))
    ),
    "an account, for admins": lambda: find_account_details(USER, RIDER),
    "disable an account": in_account_deletion(
        lambda session, key: session.execute(staff_accounts.close_account_statement(key))
    ),
    "enable an account": in_account_deletion(
        lambda session, key: session.execute(staff_accounts.reopen_account_statement(key))
    ),
    "events of a region": lambda: trail.find_events_page(AuditFilter("us-east1"), AFTER),
    "events of one kind in a period": lambda: trail.find_events_page(
        AuditFilter("us-east1", AuditKind.SIGNED_IN, since=AFTER[0], until=AFTER[0]), None
    ),
    "what staff did in a city": lambda: trail.find_events_page(
        AuditFilter("us-east1", city="new york"), AFTER
    ),
    "events about a zone": lambda: trail.find_events_page(
        AuditFilter("us-east1", subject=f"zone {USER.id}"), AFTER
    ),
    "events of an account": lambda: trail.find_events_page(
        AuditFilter("us-east1", account=RIDER), AFTER
    ),
}
