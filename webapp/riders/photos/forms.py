"""Forms of the photo on a profile."""

from flask_babel import LazyString
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, SubmitField
from wtforms.validators import NumberRange
from wtforms.widgets import RangeInput

from webapp.forms import NEEDED, FileForm, Form, RequiredWhyField
from webapp.photos import PhotoRefused, Square, crop_photo
from webapp.riders.photos.services import NewPhoto
from webapp.translations import lazy_gettext as _l

#: A photo as phones take it, from a browser that does not scale it down first.
MAX_REQUEST_BYTES = 12 * 1024 * 1024
#: How many pixels the two sizes are wide and high.
LARGE_PX, SMALL_PX = 320, 96
MAX_ZOOM_PERCENT = 400


def _make_slider(label: LazyString, first: int, lowest: int, highest: int) -> IntegerField:
    """Return a slider. Without JavaScript it is not shown, and has its first value."""
    return IntegerField(
        label,
        default=first,
        validators=[NumberRange(lowest, highest)],
        widget=RangeInput(),
        render_kw={"min": lowest, "max": highest},
    )


class PhotoForm(FileForm):
    photo = FileField(_l("Photo"), validators=[FileRequired(NEEDED)])
    zoom = _make_slider(_l("Zoom"), 100, 100, MAX_ZOOM_PERCENT)
    across = _make_slider(_l("Left or right"), 50, 0, 100)
    down = _make_slider(_l("Up or down"), 50, 0, 100)
    submit = SubmitField(_l("Save photo"))

    @property
    def new_photo(self) -> NewPhoto:
        """The square that was chosen, re-encoded; raises PhotoRefused."""
        square = Square(self.across.data, self.down.data, self.zoom.data)
        try:
            large, small = crop_photo(self.photo.data.stream, square, (LARGE_PX, SMALL_PX))
        except PhotoRefused as error:
            error.field = "photo"
            raise
        return NewPhoto(large, small)


class RemovePhotoForm(RequiredWhyField, Form):
    """Staff remove the photo of a rider, who reads why."""
