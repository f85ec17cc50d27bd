"""What riders write about themselves, for who reads another language."""

from flask import url_for

from webapp.auth.models import User
from webapp.errors import NotFound
from webapp.riders.queries import find_profile
from webapp.translatable_texts import TranslatableKind, TranslatableText, parse_text_key


def _find_profile_text(viewer: User, text_key: str) -> TranslatableText:
    """Return the text of another rider's profile that somebody may see."""
    profile = find_profile(viewer, parse_text_key(text_key))
    if profile.user.id == viewer.id or not profile.about:
        raise NotFound
    return TranslatableText(profile.about, url_for("riders.profile.show", user_key=text_key))


TEXT_KINDS = (TranslatableKind("profile", _find_profile_text, is_private=True),)
