"""Labels that people read for values of rides."""

from webapp.translations import lazy_gettext as _l

#: For a rating of one to five stars.
STAR_LABELS = {1: _l("Bad"), 2: _l("Poor"), 3: _l("Okay"), 4: _l("Good"), 5: _l("Great")}
