"""The form of a saved reply, and the fields that put one into an answer."""

from flask_login import current_user
from wtforms import HiddenField, SelectField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.edits import EditForm
from webapp.fleet.saved_replies.filling import FilledReply
from webapp.fleet.saved_replies.labels import QUEUE_LABELS
from webapp.fleet.saved_replies.models import MAX_TEXT_LENGTH, MAX_TITLE_LENGTH
from webapp.fleet.saved_replies.placeholders import (
    PLACEHOLDERS,
    find_unknown_placeholder,
    max_filled_length,
)
from webapp.fleet.saved_replies.services import ReplyData
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    Form,
    LineField,
    LinesField,
    WhyField,
    choices,
    city_choices,
    new_nonce,
)
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.translations import language_label, list_language_choices, ngettext
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: How the placeholders are written.
IN_BRACES = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)


class SavedReplyForm(WhyField, EditForm):
    """What can be changed about a saved reply."""

    title = LineField(
        _l("Title"),
        description=_l("Only staff see it."),
        validators=[DataRequired(NEEDED), Length(max=MAX_TITLE_LENGTH, message=TOO_LONG)],
    )
    queue = SelectField(_l("For"), choices=choices(QUEUE_LABELS.items()))
    language = SelectField(_l("Language"))
    text = LinesField(
        _l("Text"),
        description=_l(
            "%(placeholders)s are filled in. A name that is not known is left out.",
            placeholders=IN_BRACES,
        ),
        validators=[DataRequired(NEEDED), Length(max=MAX_TEXT_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 6},
    )
    submit = SubmitField(_l("Save"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = choices(list_language_choices())

    def validate_text(self, field: LinesField) -> None:
        name = find_unknown_placeholder(field.data)
        if name is not None:
            raise ValidationError(
                _(
                    "{%(name)s} is no placeholder. Use %(placeholders)s.",
                    name=name,
                    placeholders=IN_BRACES,
                )
            )
        excess = max_filled_length(field.data) - MAX_TEXT_LENGTH
        if excess > 0 and len(field.data) <= MAX_TEXT_LENGTH:
            raise ValidationError(
                ngettext(
                    "With a long vehicle and name it is %(num)d character too long for an answer.",
                    "With a long vehicle and name it is %(num)d characters too long for an answer.",
                    excess,
                )
            )

    @property
    def reply_data(self) -> ReplyData:
        return ReplyData(self.queue.data, self.language.data, self.title.data, self.text.data)


class NewSavedReplyForm(SavedReplyForm):
    """The same, and what stays as it is."""

    #: Identifies this form: sent twice, it is one reply.
    nonce = HiddenField(default=new_nonce)
    city = SelectField(_l("City"))

    def offer_cities(self, cities: list[City]) -> None:
        """Offer these cities, and all of them to whoever manages all."""
        is_everywhere = current_user.cities_with_permission(Permission.MANAGE_QUEUES) is None
        all_cities = choices([("", _("All cities"))] if is_everywhere else [])
        self.city.choices = all_cities + city_choices(cities)

    @property
    def city_name(self) -> str | None:
        """None: all cities."""
        return self.city.data or None


class SavedReplyFields:
    """Two fields of a form with a ``text``: which reply, and the button that puts it there."""

    saved_reply = SelectField(_l("Saved reply"), default="", validate_choice=False)
    use_reply = SubmitField(_l("Use"))
    text: LinesField

    def offer_replies(self, replies: list[FilledReply]) -> None:
        """Offer replies whose texts are filled in; if the button was pressed, put the chosen one
        below what was typed."""
        self.saved_reply.choices = [
            SelectChoice(
                str(reply.id),
                reply.title,
                render_kw={"data-text": reply.text},
                optgroup=language_label(reply.language),
            )
            for reply in replies
        ]
        if self.use_reply.data:
            chosen = (each.text for each in replies if str(each.id) == self.saved_reply.data)
            texts = [(self.text.data or "").rstrip(), *chosen]
            self.text.data = "\n\n".join(filter(None, texts))


class RemovalForm(WhyField, Form):
    """Why a reply is removed."""
