"""The tables that staff export. Each file has the columns of a table and the query of a slice."""

from typing import Any

from webapp.exports.columns import ExportTable
from webapp.exports.enums import TableName
from webapp.exports.tables.general_ledger import GENERAL_LEDGER
from webapp.exports.tables.ledger import LEDGER
from webapp.exports.tables.owner_ledger import OWNER_LEDGER
from webapp.exports.tables.rides import OPEN_RIDES, RIDES
from webapp.exports.tables.users import USERS
from webapp.exports.tables.vehicles import VEHICLES

#: By name. Any: tables have different rows.
TABLES: dict[TableName, ExportTable[Any]] = {
    each.name: each
    for each in (VEHICLES, RIDES, OPEN_RIDES, USERS, LEDGER, OWNER_LEDGER, GENERAL_LEDGER)
}
