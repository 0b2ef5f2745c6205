"""A file over HTTP takes no memory of its server that grows with the rows: `ledger serve` and a real PostgreSQL, read from the process itself."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pyarrow.parquet as pq
import pytest

from ledger.contract import codec, schema_store
from ledger.exporting.exporting import FORMS
from ledger.stack import Running
from ledger.web.roles import Role
from tests.histories import at, fact, register_event, shared
from tests.ledgers import TestLedger, new_ledger
from tests.serving import Server, key_of, servers_of

FEW, MANY = 34_000, 150_000
"""The few are more than two row groups of Parquet, and twenty of what is fetched at once."""
FACTS = 1_000_000
"""More than there are; places on the log go on behind as many."""
BREACH = {"recipient": "SIDN", "breach_ref": "b", "aware_at": at(2), "window_from": at(0), "window_until": at(36_500), "risk": "HIGH"}
"""At the holder of all of them."""
GROWS_MAX = 20_000_000
"""Bytes. The rows that there are more of, kept in a list, are 80 to 180 MB; what they are written as, 40 MB and more in CSV and NDJSON."""
FILES = [
    *(("holdings", form) for form in sorted(FORMS)),
    *((name, "ndjson") for name in ("obligations", "violations", "breach-people", "requests", "due")),
]
ASKED: dict[str, dict[str, int]] = {"due": {"days": 36_600}}
LINES = {"due": 2}
"""Of what is due a line for each holding with a date, and one for each obligation."""


class Serving(NamedTuple):
    """A server, and who may ask it for the few and for the many."""

    server: Server
    key: str


@pytest.fixture(scope="module")
def serving(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with new_ledger(stack, tmp_path_factory.mktemp("memory") / "ledger", partitions=1) as ledger:
        fill(ledger, "few", 0, FEW)
        fill(ledger, "many", FEW, MANY)
        with servers_of(ledger) as start:
            yield Serving(start(web__request_seconds="300"), key_of(ledger, Role.DPO, ("few", "many")))


def fill(ledger: TestLedger, controller: str, first: int, count: int) -> None:
    """Rows as the fold leaves them, straight into the tables. The tallies, which no export of single ones reads, are left out: that is a minute."""
    number = "('00000000-0000-0000-0000-' || lpad(to_hex(i), 12, '0'))::uuid"
    rows = f"generate_series({first + 1}, {first + count}) i"
    order = "'order-' || md5(i::text) || md5((-i)::text) || md5((i + 0.5)::text)"  # of some length, so that bytes that are kept weigh too
    whose = f"'{controller}', 'subject-' || i"
    what = f"{number}, {number}, 0, {whose}"
    facts = (shared(1, 1), fact("RequestReceived", 2, 1, right="ACCESS", request_ref="asked"))
    with psycopg.connect(ledger.dsn, autocommit=True, options="-c search_path=projection -c session_replication_role=replica") as connection:
        connection.execute(f"""
            INSERT INTO holding SELECT {what}, 'SIDN', 'crm-' || i, 'dpv:ServiceProvision', {order}, '{controller}',
                   '{{pd:EmailAddress,pd:Name,pd:PhysicalAddress}}', '{{0,0,0}}', ARRAY[now()], ARRAY[{number}], ARRAY[i::bigint], '{{}}', '{{}}',
                   now(), {number}, i, NULL, 'registry', 'eu-gdpr:A6-1-b', NULL, 'NL', NULL, NULL, 'product-' || i, now() + i * interval '1 hour',
                   'REG-1', '{{}}', '{{}}', false
              FROM {rows};
            INSERT INTO obligation SELECT {what}, 'ERASE', 'SIDN', 'crm-' || i, 'dpv:ServiceProvision', {order}, NULL, '{{pd:Name}}',
                   now() + i * interval '1 hour', now() + i * interval '2 hours', 'REG-1', 'OPEN', now(), i, ARRAY[{number}]
              FROM {rows};
            INSERT INTO violation SELECT 0, i, 0, {number}, {number}, {whose}, 'MD-13', 'service_ref', 'BREACH', 'SIDN', 'dpv:ServiceProvision',
                   '{{pd:Name}}', ARRAY[{number}]
              FROM {rows};
        """)  # noqa: S608  our own names
        connection.execute(f"""
            INSERT INTO request SELECT {what}, 'asked', 'ACCESS', i, i, false, NULL, NULL, NULL, NULL, NULL, NULL, false, false, true,
                   decode(lpad(to_hex(i), 32, '0'), 'hex')
              FROM {rows};
            INSERT INTO held_tally SELECT * FROM held_counted WHERE controller = '{controller}' LIMIT 1;
            INSERT INTO progress SELECT 'facts', 0, 10000000, 0, now(), 0 WHERE NOT EXISTS (SELECT FROM progress);
        """)  # type: ignore[arg-type]  # noqa: S608  likewise
        for place, (type_name, fields) in enumerate(facts):
            connection.execute(
                f"""INSERT INTO fact SELECT 0, i + {place * FACTS}, {number},
                           ('00000000-0000-0000-000{place + 1}-' || lpad(to_hex(i), 12, '0'))::uuid, %s, now(), %s FROM {rows}""",  # type: ignore[arg-type]  # noqa: S608  likewise
                [schema_store.latest(type_name).schema_id, codec.encode(type_name, fields)],
            )
        breach = register_event("BreachRecorded", first + 1, 1, controller=controller, **BREACH)
        connection.execute(
            "INSERT INTO fact SELECT 0, %s, NULL, %s::uuid, %s, now(), %s",
            [2 * FACTS + first, breach[1]["event_id"].hex(), schema_store.latest("BreachRecorded").schema_id, codec.encode(*breach)],
        )
        connection.execute("ANALYZE holding, obligation, violation, request, fact")


def peak(serving: Serving, file: Path, register: str, controller: str, **asked: str | int) -> int:
    """Download the file, and give the most that the server had in memory meanwhile, in bytes."""
    process = Path(f"/proc/{serving.server.pid}")
    (process / "clear_refs").write_text("5")  # what it had at most before is forgotten
    with (
        serving.server.client(serving.key) as client, file.open("wb") as sink,
        client.stream("GET", f"/v1/exports/{register}", params={"controller": controller, **asked}) as answer,
    ):  # fmt: skip
        assert answer.status_code == 200, answer.read()
        for chunk in answer.iter_raw():
            sink.write(chunk)
    status = (process / "status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024


def rows_in(file: Path, form: str) -> int:
    if form == "parquet":
        return int(pq.read_metadata(file).num_rows)
    with file.open("rb") as lines:
        return sum(1 for _ in lines) - (form == "csv")


@pytest.mark.parametrize(("register", "form"), FILES)
def test_many_rows_take_no_more_memory_of_the_server_than_few(serving: Serving, register: str, form: str, tmp_path: Path) -> None:
    file, asked = tmp_path / "file", {"format": form, "plain": True, **ASKED.get(register, {})}

    few = peak(serving, file, register, "few", **asked)
    assert rows_in(file, form) == FEW * LINES.get(register, 1)
    many = peak(serving, file, register, "many", **asked)
    assert rows_in(file, form) == MANY * LINES.get(register, 1)

    assert many - few < GROWS_MAX, (few, many)


def test_nor_do_they_in_a_zip_with_the_names_of_their_codes(serving: Serving, tmp_path: Path) -> None:
    few, many = (peak(serving, tmp_path / each, "holdings", each, format="csv", labels=True) for each in ("few", "many"))

    for name, rows in (("few", FEW), ("many", MANY)):
        with zipfile.ZipFile(tmp_path / name) as packed:
            (table,) = (each for each in packed.namelist() if each.endswith(".csv"))
            with packed.open(table) as lines:
                assert sum(1 for _ in lines) - 1 == rows
    assert many - few < GROWS_MAX, (few, many)
