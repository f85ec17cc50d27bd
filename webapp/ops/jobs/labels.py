"""What people read for the state of a job, and for a job in the audit trail."""

from collections.abc import Collection

from flask_babel import LazyString

from webapp.auth.subject_names import subject_names_query
from webapp.db.types import table
from webapp.hooks import SubjectNames, SubjectNamesQuery
from webapp.jobs.models import Job
from webapp.ops.jobs.enums import JobState
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

JOB_STATE_LABELS: dict[JobState, LazyString] = {
    JobState.FAILED: _l("Failed"),
    JobState.WAITING: _l("Waiting"),
    JobState.RUNNING: _l("Running"),
    JobState.DONE: _l("Done"),
}


def _jobs_query(keys: Collection[str]) -> SubjectNamesQuery:
    return subject_names_query(Job, keys, table(Job).c.kind)


def _describe_job(kind: str) -> str:
    return str(_("Job: %(kind)s", kind=kind))


JOB_NAMES = SubjectNames(_jobs_query, _describe_job)
