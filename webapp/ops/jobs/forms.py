"""Which jobs to show, and which ones a decision is about."""

from collections.abc import Mapping

from wtforms import SelectField

from webapp.db.keys import RowKey
from webapp.forms import FilterForm, Form, WhyField, choices
from webapp.hooks import get_hooks
from webapp.ops.jobs.enums import JobState
from webapp.ops.jobs.labels import JOB_STATE_LABELS
from webapp.ops.jobs.queries import JobFilter
from webapp.regions.data_regions import list_data_regions
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import pgettext

#: Of the names of the boxes with which jobs are chosen.
PREFIX = "job-"


class JobsForm(FilterForm):
    state = SelectField(
        _l("State"), choices=choices(JOB_STATE_LABELS.items()), default=JobState.FAILED.value
    )
    kind = SelectField(_l("Kind"), default="")
    region = SelectField(_l("Region"), default="")

    def add_choices(self) -> None:
        """Offer the kinds that this release runs, and all regions."""
        kinds, regions = sorted(get_hooks().job_kinds), list_data_regions()
        self.kind.choices = choices([("", _("All")), *zip(kinds, kinds, strict=True)])
        self.region.choices = choices(
            [("", pgettext("regions", "All")), *zip(regions, regions, strict=True)]
        )

    def job_filter(self) -> JobFilter:
        """Return which jobs to read."""
        regions = [self.region.data] if self.region.data else list_data_regions()
        return JobFilter(regions, JobState(self.state.data), self.kind.data)


class DecisionForm(WhyField, Form):
    """Why; which jobs, say boxes, and what is done, says the button."""


def read_chosen_keys(fields: Mapping[str, str]) -> set[RowKey]:
    """Return the keys of the jobs whose boxes are checked; what is no key of a job is left out.

    Each box has a name of its own, ``job-`` and the key: no field may come twice.
    """
    regions = list_data_regions()
    keys = {_read_key(name.removeprefix(PREFIX)) for name in fields if name.startswith(PREFIX)}
    return {key for key in keys if key and key.region in regions}


def _read_key(text: str) -> RowKey | None:
    try:
        return RowKey.parse(text)
    except ValueError:
        return None
