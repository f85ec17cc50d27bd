"""What people read for digests."""

from flask_babel import LazyString

from webapp.riders.digests.enums import Digest
from webapp.translations import lazy_gettext as _l

DIGEST_LABELS: dict[Digest, LazyString] = {
    Digest.RIDER: _l("My rides, what they cost and how far I went"),
    Digest.OWNER: _l("My vehicles: their rides, what these brought in, and reports"),
}
