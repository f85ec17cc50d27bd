"""Notes of staff about the riders of the demo."""

from uuid import NAMESPACE_OID, uuid5

from webapp.auth.models import User

TEXTS = (
    "Called about the bill of the 3rd. Would like receipts by post; told where to find them.",
    "Found a scooter in the river and waited for the mechanic. Give credit if it happens again.",
)


def note_rows(riders: list[User], author: User) -> list[dict[str, object]]:
    """Return a note about each of the first riders."""
    return [
        {
            "region": rider.region,
            "id": uuid5(NAMESPACE_OID, f"note of the demo about {rider.id}"),
            "user_id": rider.id,
            "author_region": author.region,
            "author_id": author.id,
            "text": text,
        }
        for rider, text in zip(riders, TEXTS, strict=False)
    ]
