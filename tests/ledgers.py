"""Ledgers for tests, on the real embedded stack: one Kafka and one PostgreSQL per test run, a new ledger per test.

Topic names are fixed, so there is one ledger at a time: making the next deletes all topics of the one before and takes a new
database, copied from a migrated template. That takes half a second where a new stack takes three.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
import psycopg

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_migrations import migrate
from ledger.settings import RUN_FILE, Settings, load_settings
from ledger.stack.identity import Identity, establish
from ledger.stack.kafka import EmbeddedKafka
from ledger.stack.lifecycle import Running, down, up
from ledger.stack.postgres import EmbeddedPostgres

HOME_PREFIX = "ledger-test-"
TEMPLATE = "ledger_template"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestLedger:
    """A ledger of one test. environment: what a subprocess needs to find it. kafka, postgres: shared; start again what you kill."""

    __test__ = False  # not a test class, whatever its name says

    home: Path
    settings: Settings
    identity: Identity
    kafka: EmbeddedKafka
    postgres: EmbeddedPostgres

    @property
    def dsn(self) -> str:
        """The connection string of this ledger's own database."""
        return self.settings.postgres_dsn()

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, pointed at this ledger."""
        return os.environ | {"LEDGER__HOME": str(self.home)}


@contextmanager
def new_home() -> Iterator[Path]:
    """An empty home for a stack of its own, stopped and gone at the end."""
    # Directly below the temporary folder: short enough for a socket's path, and open for PostgreSQL's own account.
    home = Path(tempfile.mkdtemp(prefix=f"{HOME_PREFIX}{os.getpid()}-"))
    try:
        yield home
    finally:
        down(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running_stack() -> Iterator[Running]:
    """One embedded stack in a home of its own, gone at the end. What a killed test run left behind is ended first."""
    end_orphans()
    with new_home() as home, up(home, simulated=True, partitions=4) as running:
        with psycopg.connect(running.settings.postgres_dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        assert running.postgres is not None
        migrate(running.postgres.dsn_of(TEMPLATE))
        yield running


def end_orphans() -> None:
    """Stop the stacks of test runs that were killed: their home's name carries the pid of a process that is gone."""
    for home in Path(tempfile.gettempdir()).glob(f"{HOME_PREFIX}*"):
        pid = home.name.removeprefix(HOME_PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)) and home.stat().st_uid == os.geteuid():
            down(home)
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def new_database(stack: Running, *, template: str = TEMPLATE) -> Iterator[str]:
    """A new database on the running PostgreSQL, migrated unless another template is named."""
    assert stack.postgres is not None
    stack.postgres.start()  # a test before this one may have killed it
    database = f"ledger_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(stack.postgres.dsn_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {template}")
    try:
        yield stack.postgres.dsn_of(database)
    finally:
        stack.postgres.start()
        with psycopg.connect(stack.postgres.dsn_of("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def new_ledger(
    stack: Running, home: Path, *, simulated: bool = True, partitions: int = 4, start: datetime | None = None
) -> Iterator[TestLedger]:
    """A new ledger on the running stack: no events but the first `TimeReached`, migrated tables without rows."""
    assert stack.kafka is not None and stack.postgres is not None
    stack.kafka.start()  # a test before this one may have killed them
    stack.postgres.start()
    database = f"ledger_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(stack.postgres.dsn_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    home.mkdir(parents=True, exist_ok=True)
    run = {
        "kafka": {"bootstrap_servers": stack.kafka.bootstrap_servers},
        "postgres": {"dsn": stack.postgres.dsn_of(database)},
    }
    (home / RUN_FILE).write_text(json.dumps(run), encoding="utf-8")
    settings = load_settings(home=home)
    admin = KafkaAdmin(settings)
    admin.delete(admin.topics().keys())
    identity = establish(settings, mode="simulated" if simulated else "real", partitions=partitions, start=start)
    try:
        yield TestLedger(home=home, settings=settings, identity=identity, kafka=stack.kafka, postgres=stack.postgres)
    finally:
        stack.postgres.start()
        with psycopg.connect(stack.postgres.dsn_of("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")
