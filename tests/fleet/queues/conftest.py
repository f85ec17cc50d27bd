"""Reports in New York, and staff who look after them."""

from tests.fleet.reports.conftest import answer_report, file_report  # noqa: F401 - fixtures
