"""Profiles of the riders of the demo; the others show nothing of themselves."""

from webapp.auth.models import User

TEXTS = ("Rides to work when it does not rain.", "I know where the good bikes stand.")


def profile_rows(riders: list[User]) -> list[dict[str, object]]:
    """Return the profiles of the first riders, which other riders see."""
    return [
        {
            "region": rider.region,
            "user_id": rider.id,
            "about": text,
            "shown_to_riders": True,
            "shows_last_active": True,
            "shows_ride_count": True,
        }
        for rider, text in zip(riders, TEXTS, strict=False)
    ]
