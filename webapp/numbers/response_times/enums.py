"""What response times are measured of."""

from enum import StrEnum

from webapp.numbers.enums import DayMetric


class Subject(StrEnum):
    """What waits for staff."""

    REPORTS = "reports"
    TASKS = "tasks"


#: What is measured of each: until staff begin, and until they are done.
SUBJECT_METRICS = {
    Subject.REPORTS: (DayMetric.REPORT_FIRST_ACTION, DayMetric.REPORT_ANSWER),
    Subject.TASKS: (DayMetric.TASK_START, DayMetric.TASK_DONE),
}
RESPONSE_METRICS = tuple(metric for steps in SUBJECT_METRICS.values() for metric in steps)
