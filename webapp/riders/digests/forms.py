"""The form that chooses digests."""

from wtforms import BooleanField, SubmitField

from webapp.forms import Form
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.labels import DIGEST_LABELS
from webapp.translations import lazy_gettext as _l


class DigestsForm(Form):
    rider = BooleanField(DIGEST_LABELS[Digest.RIDER])
    owner = BooleanField(DIGEST_LABELS[Digest.OWNER])
    submit = SubmitField(_l("Save"))
