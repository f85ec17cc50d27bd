"""The language of an account: that of its mails, and of browsers where it signs in."""

from sqlalchemy import update

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table


def save_language(user_key: RowKey, language: str) -> None:
    """Save in which language a person reads. An account that was just deleted stays so."""
    users = table(User)
    is_account = key_condition(users.c, user_key)
    statement = update(users).where(is_account, users.c.deleted_at.is_(None))
    execute_write(statement.values(language=language), idempotent=True)
