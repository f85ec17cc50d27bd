"""The tables that staff export, and the formats of files. The values are parts of addresses and of
audit events."""

from enum import StrEnum


class TableName(StrEnum):
    """What can be exported."""

    VEHICLES = "vehicles"
    #: Rides that have ended in some time.
    RIDES = "rides"
    OPEN_RIDES = "open-rides"
    USERS = "users"
    LEDGER = "ledger"
    OWNER_LEDGER = "owner-ledger"
    #: The entries of all riders of a region.
    GENERAL_LEDGER = "general-ledger"


class ExportFormat(StrEnum):
    """The format of a file, which is also the end of its name."""

    CSV = "csv"
    XLSX = "xlsx"
    #: RFC 7946. Only of tables whose rows have a position.
    GEOJSON = "geojson"


class ExportPeriod(StrEnum):
    """How often an export is sent, and of which days: of the day, week or month before."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
