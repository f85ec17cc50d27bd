"""What response times are measured of."""

from enum import StrEnum


class ResponseMetric(StrEnum):
    """How long something waited, counted by kind and bucket of duration
    (webapp/numbers/durations.py)."""

    #: Reports, until staff acted first.
    REPORT_FIRST_ACTION = "report_first_action"
    #: Reports that were solved or dismissed, until then.
    REPORT_ANSWER = "report_answer"
    #: Tasks, until somebody began.
    TASK_START = "task_start"
    #: Tasks, until they were done.
    TASK_DONE = "task_done"


class Subject(StrEnum):
    """What waits for staff."""

    REPORTS = "reports"
    TASKS = "tasks"


#: What is measured of each: until staff begin, and until they are done.
SUBJECT_METRICS = {
    Subject.REPORTS: (ResponseMetric.REPORT_FIRST_ACTION, ResponseMetric.REPORT_ANSWER),
    Subject.TASKS: (ResponseMetric.TASK_START, ResponseMetric.TASK_DONE),
}
