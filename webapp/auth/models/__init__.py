"""Accounts, their roles, and what they are signed in with."""

from webapp.auth.models.api_tokens import ApiToken, AppToken
from webapp.auth.models.email_links import EmailLink
from webapp.auth.models.identities import Identity
from webapp.auth.models.login_sessions import LoginSession
from webapp.auth.models.second_factors import RecoveryCode, SecondFactor
from webapp.auth.models.users import (
    RoleGrant,
    User,
    is_account_open_condition,
    joined_account_condition,
)

__all__ = [
    "ApiToken",
    "AppToken",
    "EmailLink",
    "Identity",
    "LoginSession",
    "RecoveryCode",
    "RoleGrant",
    "SecondFactor",
    "User",
    "is_account_open_condition",
    "joined_account_condition",
]
