"""Reports and their answers, as in the tests of reports."""

from tests.fleet.reports.conftest import answer_report, file_report

__all__ = ["answer_report", "file_report"]
