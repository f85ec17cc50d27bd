"""Reports in New York, and staff who answer them."""

from tests.fleet.reports.conftest import answer_report, file_report  # noqa: F401 - fixtures
