"""The texts of the demo."""

from datetime import UTC, datetime

from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.texts.defaults import read_default_text
from webapp.texts.enums import PAGE_KINDS, TextKind
from webapp.texts.models import TextVersion
from webapp.texts.published_texts import texts_cache
from webapp.texts.services import TextKey, make_version_id

INTRODUCTION = "This is a demo of MovR: nobody operates it, and nothing here is for sale."


def add_texts() -> None:
    """Add the texts; those that are there already stay as they are."""
    now = datetime.now(UTC)
    rows = [_make_row(TextKey(kind, None, "en"), _make_text(kind), now) for kind in PAGE_KINDS]
    execute_write(insert(TextVersion).values(rows).on_conflict_do_nothing(), idempotent=True)
    texts_cache().clear()


def _make_text(kind: TextKind) -> str:
    """Return the example without the paragraph which says that it is one."""
    _warning, rest = read_default_text(kind).split("\n\n", 1)
    return f"{INTRODUCTION}\n\n{rest}"


def _make_row(key: TextKey, text: str, now: datetime) -> dict[str, object]:
    return {
        **key._asdict(),
        "id": make_version_id(key, 1),
        "version": 1,
        "text": text,
        "summary": "",
        "requires_agreement": False,
        "effective_from": now,
        "effective_until": None,
        "why": "",
    }
