"""Bring the stack up and down: both servers at once, then what the ledger is.

`up` may be killed at any moment and run again: each server finds its own process, each step of `identity.establish` looks
at what is there. One `up`, `down` or `reset` at a time per home (a lock the kernel drops when its holder dies). Order:
1. servers  2. `run.json`  3. migrations  4. identity. `down` removes `run.json` first, so no client finds a dying stack.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from ledger.errors import CallerError, DependencyError
from ledger.settings import RUN_FILE, Settings, java_home, load_settings, read_settings
from ledger.stack.disk import explain_full_disk
from ledger.stack.files import write_atomically
from ledger.stack.identity import Identity, establish, read_ledger_file, refuse_other_wish, refuse_start_of_real
from ledger.stack.jars import ensure_jars
from ledger.stack.java import find_java
from ledger.stack.kafka import EmbeddedKafka
from ledger.stack.postgres import EmbeddedPostgres
from ledger.stack.processes import wait_until
from ledger.topics import Mode

LOCK_SECONDS_MAX = 180.0  # as long as another `up` may take to recover a crashed database

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A stack that is up. kafka, postgres: None when they are the user's own. was_running: nothing had to be started.

    As a context manager it ends what is embedded, whatever happens inside.
    """

    settings: Settings
    identity: Identity
    kafka: EmbeddedKafka | None
    postgres: EmbeddedPostgres | None
    was_running: bool

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def down(self) -> None:
        """Stop what is embedded; the data stays."""
        if self.kafka is not None:
            down(self.settings.home)


def up(
    home: Path | None = None,
    *,
    simulated: bool | None = None,
    partitions: int | None = None,
    start: datetime | None = None,
    report: Report = lambda *_: None,
) -> Running:
    """Start the embedded stack of a home, or check the user's own services, and return when all of it answers.

    home: None takes LEDGER__HOME. simulated, partitions: None takes what the ledger is, else real and LEDGER__PARTITIONS.
    start: the first time of a new simulated ledger, aware. report: (done, total) while jars arrive. Safe to repeat.

    Raises:
        LedgerError: as `establish`, `EmbeddedKafka.start`, `EmbeddedPostgres.start` and `ensure_jars` say.
    """
    settings = read_settings(home=home)
    if "," in str(settings.home):
        raise CallerError(
            f"cannot use {settings.home}: Kafka takes a comma for the end of a path", hint="set LEDGER__HOME"
        )
    mode: Mode | None = None if simulated is None else ("simulated" if simulated else "real")
    if partitions is None and "partitions" in settings.model_fields_set:
        partitions = settings.partitions
    with explain_full_disk(settings.home), only_one(settings.home):
        recorded = read_ledger_file(settings.home)
        if recorded is not None:
            refuse_other_wish(recorded, mode=mode, partitions=partitions)
        elif mode != "simulated":
            refuse_start_of_real(start)
        kafka, postgres, was_running = None, None, True
        if not settings.kafka.bootstrap_servers and not settings.postgres.dsn.get_secret_value():
            kafka, postgres = embedded(settings, report)
            was_running = not _start_both(kafka, postgres)
            _write_run_file(settings.home, kafka, postgres)
        settings = load_settings(home=settings.home)
        _migrate(settings)
        identity = establish(settings, mode=mode, partitions=partitions, start=start)
    return Running(settings=settings, identity=identity, kafka=kafka, postgres=postgres, was_running=was_running)


def down(home: Path | None = None) -> bool:
    """Stop the embedded stack of a home in good order; return whether anything was running. Safe to repeat."""
    settings = read_settings(home=home)
    if not settings.home.exists():
        return False
    with only_one(settings.home):
        return stop_servers(settings)


def stop_servers(settings: Settings) -> bool:
    """Stop both servers; the caller holds the home's lock. Returns whether one was running."""
    (settings.home / RUN_FILE).unlink(missing_ok=True)
    kafka, postgres = embedded(settings)
    was_running = kafka.pid is not None or postgres.pid is not None
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(kafka.stop), pool.submit(postgres.stop)]:
            future.result()
    return was_running


def embedded(settings: Settings, report: Report = lambda *_: None) -> tuple[EmbeddedKafka, EmbeddedPostgres]:
    """Return the two servers of a home, running or not."""
    kafka = EmbeddedKafka(
        settings.home,
        java=lambda: find_java(java_home()),
        jars=lambda: ensure_jars(settings.cache, report=report),
    )
    return kafka, EmbeddedPostgres(settings.home)


def _start_both(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> bool:
    """Start both at once; return whether any had to be started. If one fails the other is left to the next try."""
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(postgres.start), pool.submit(kafka.start)]
        started = [future.result() for future in futures]
    return any(started)


def _write_run_file(home: Path, kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> None:
    """Tell clients where the stack is; they need nothing else."""
    run = {
        "kafka": {"bootstrap_servers": kafka.bootstrap_servers},
        "postgres": {"dsn": postgres.dsn},
        "pids": {"kafka": kafka.pid, "postgres": postgres.pid},
    }
    write_atomically(home / RUN_FILE, json.dumps(run, indent=2) + "\n")


def _migrate(settings: Settings) -> None:
    from ledger.adapters.postgres_migrations import migrate  # psycopg: not in the base install

    migrate(settings.postgres_dsn())


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home's lock. The kernel frees it when we die, however we die: there is no stale lock."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not wait_until(taken, seconds=LOCK_SECONDS_MAX):
            raise DependencyError(
                f"cannot work on {home}: another `ledger up`, `down` or `reset` has been at it for {LOCK_SECONDS_MAX:.0f} s",
                hint="wait for it or end it, then try again",
            )
        yield
