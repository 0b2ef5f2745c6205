"""Controllers kept apart: for each table of the projections a view that shows the rows of some controllers alone, for the role `ledger_web`.

Which ones stands in the setting `ledger.controllers`, per transaction: names with commas between them; nothing set: no row; `*`: all. The role may
read the views and nothing else. They stand in a schema of their own beside the tables (`projection_web`), under the names of the tables, so that
every question is asked as it stands. Must never be all that stands between a person and SQL: who may send statements of his own sets what he likes.
Policies on the tables would not do: COPY into a table with row-level security is refused to all but its owner (docs/decisions/0027).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from psycopg import sql

from ledger.adapters.postgres_connection import Connection, translated
from ledger.errors import CallerError, OperatorError

WEB_ROLE: Final = "ledger_web"
SETTING: Final = "ledger.controllers"
ALL: Final = "*"

# Both are worked out once for a question, not once for a row.
_SET: Final = f"(SELECT current_setting('{SETTING}', true))"
_MAY: Final = f"({{name}} = ANY ((SELECT string_to_array(current_setting('{SETTING}', true), ','))::text[]) OR {_SET} = '{ALL}')"


def _of(name: str) -> str:
    return _MAY.format(name=name)


_OWN: Final = _of("t.controller")
_OF_SUBJECT: Final = f"EXISTS (SELECT FROM {{rows}}.subject s WHERE s.subject_id = t.subject_id AND {_of('s.controller')})"
# A fact has no controller of its own; whoever has facts and no row at all is shown to nobody. Questions of one row, not EXISTS: for that PostgreSQL
# would rather read all three tables first.
_WHOSE_FACT: Final = """coalesce((SELECT controller FROM {rows}.subject s WHERE s.subject_id = t.subject_id),
    (SELECT controller FROM {rows}.holding h WHERE h.subject_id = t.subject_id LIMIT 1),
    (SELECT controller FROM {rows}.violation v WHERE v.subject_id = t.subject_id LIMIT 1))"""
_OF_FACT: Final = f"t.subject_id IS NULL OR {_SET} = '{ALL}' OR {_of(_WHOSE_FACT)}"
_OF_HOLDING: Final = (
    f"EXISTS (SELECT FROM {{rows}}.holding h WHERE h.subject_id = t.subject_id AND h.holding_id = t.holding_id AND {_of('h.controller')})"
)
_EVERY: Final = "true"

SHOWN: Final = {
    "holding": _OWN,
    "subject": _OWN,
    "subject_entry": _OF_SUBJECT,
    "obligation": _OWN,
    "request": _OWN,
    "violation": _OWN,
    "held_tally": _OWN,
    "people_tally": _OWN,
    "due_tally": _OWN,
    "obligation_tally": _OWN,
    "violation_tally": _OWN,
    "promise_tally": _OWN,
    "request_tally": _OWN,
    "share_tally": _OWN,
    "called_for": _OF_HOLDING,
    "fact": _OF_FACT,
    # Where the log stands and which time has come: nobody's data, and in every answer.
    "tick": _EVERY,
    "progress": _EVERY,
    "reached": _EVERY,
}
"""Table or view of the projections -> which of its rows `t` are shown. What is not named here is not shown at all: `outcome`, `dead_letter`."""


def schema_apart(schema: str) -> str:
    """Name of the schema with the views on a schema of projections."""
    return f"{schema}_web"


def role_exists(connection: Connection) -> bool:
    """Whether the role is there: it came later than the others, and not everywhere may it be made."""
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB_ROLE]).fetchone() is not None


def show_apart(connection: Connection, schema: str) -> None:
    """Make the views on a schema of projections, in place of those that are there. Where the role is missing: nothing. Inside a transaction."""
    if not role_exists(connection):
        return
    apart, role = sql.Identifier(schema_apart(schema)), sql.Identifier(WEB_ROLE)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(apart))
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(apart))
    connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS 'The projections as some controllers may see them: ledger.controllers.'").format(apart))
    for name in _tables_of(connection, schema):
        condition = sql.SQL(SHOWN[name]).format(rows=sql.Identifier(schema))
        view, table = sql.Identifier(schema_apart(schema), name), sql.Identifier(schema, name)
        # No security barrier: behind one, what is asked for in order is sorted instead of read in the order of an index.
        connection.execute(sql.SQL("CREATE VIEW {} AS SELECT t.* FROM {} t WHERE {}").format(view, table, condition))
        connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, role))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {}, ledger TO {}").format(apart, role))
    connection.execute(sql.SQL("GRANT SELECT ON ledger.identity TO {}").format(role))


def is_shown(connection: Connection, schema: str) -> bool:
    """Whether the views are there, or nobody could use them."""
    found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema_apart(schema)]).fetchone()
    return found is not None or not role_exists(connection)


def take_web_role(connection: Connection) -> None:
    """Give up all rights but those of the role, for the rest of the session. Unlike `take_role` it never goes on without.

    Raises:
        OperatorError: there is no such role, or this user may not take it.
    """
    may = "SET" if connection.info.server_version >= 160_000 else "MEMBER"
    with translated(f"take the role {WEB_ROLE}"):
        row = connection.execute("SELECT pg_has_role(oid, %s) FROM pg_roles WHERE rolname = %s", [may, WEB_ROLE]).fetchone()
        if row is None or not row[0]:
            raise OperatorError(
                f"cannot keep controllers apart: the role {WEB_ROLE} is missing, or this user may not take it",
                hint=f"run `ledger up` as a user who may create roles, then GRANT {WEB_ROLE} TO this user",
            )
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(WEB_ROLE)))


def setting_of(controllers: Collection[str]) -> str:
    """The value of the setting. Raises: CallerError, a name that the setting cannot hold."""
    if any(not name or "," in name for name in controllers) or (ALL in controllers and len(controllers) > 1):
        raise CallerError("cannot ask for these controllers: expected names without a comma, or * alone", hint="give each controller by its own name")
    return ",".join(sorted(controllers))


def _tables_of(connection: Connection, schema: str) -> list[str]:
    """Those that are there: the projections of an older version lack some until they are rebuilt."""
    query = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relname = ANY(%s) AND relkind IN ('r', 'v') ORDER BY relname"
    return [row[0] for row in connection.execute(query, [schema, list(SHOWN)]).fetchall()]
