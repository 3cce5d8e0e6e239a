"""The database: a fair pool of connections, transactions, migrations, and an embedded PostgreSQL for who brings none.

Doors and workers open transactions (`Database.transaction`) and hand them down as `tx`; rooms run their SQL on it and
never commit. `Where` binds dynamic filters, `struct_rows` turns rows into structs. `migrate` holds the runner of
`migrations/*.sql`; `Postgres` is the engine that `hearth serve` starts.
"""

from hearth.db import migrate
from hearth.db.embedded import Postgres, find_programs
from hearth.db.pool import Database
from hearth.db.rows import Row, Tx, columns, struct_row, struct_rows
from hearth.db.where import Where

__all__ = [
    "Database", "Postgres", "Row", "Tx", "Where", "columns", "find_programs", "migrate", "struct_row", "struct_rows",
]  # fmt: skip
