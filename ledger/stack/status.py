"""What runs, where, how big it is; and what a reset would delete. Looks only; must never start or change anything."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ledger.contract.json_form import instant_to_text
from ledger.errors import DependencyError, LedgerError
from ledger.settings import RUN_FILE, Settings, java_home, load_settings
from ledger.stack.disk import used_bytes
from ledger.stack.identity import LEDGER_FILE, Identity, read_ledger_file
from ledger.stack.jars import read_lock
from ledger.stack.java import find_java, java_version
from ledger.stack.kafka import EmbeddedKafka
from ledger.stack.lifecycle import embedded, only_one, stop_servers
from ledger.stack.postgres import EmbeddedPostgres, postgres_version
from ledger.topics import FACTS, MARKER_TOPICS, REGISTER, partitions_by_topic

State = Literal["running", "stopped", "stale", "answering", "not answering"]

ASK_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """One server. address: where clients reach it, without secrets. data_bytes: on disk; None for an own service."""

    name: str
    state: State
    pid: int | None
    address: str
    data_bytes: int | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealStatus:
    """How far the log is sealed. at: when the newest round was made, RFC 3339 in UTC, by the sealer's clock."""

    round: int
    at: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStatus:
    """Who works on the ledger. workers: those with a session in PostgreSQL. leading: duties that are done. lag: records of `facts` not folded
    yet, register_lag: register events not copied yet; None when Kafka does not answer. pending: register events, over all partitions, that are being
    folded into the many subjects they concern. time_reached: RFC 3339 in UTC, None before the first tick.
    """

    workers: int
    leading: tuple[str, ...]
    lag: int | None
    register_lag: int | None
    pending: int
    time_reached: str | None
    sealed: SealStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackStatus:
    """identity: None before a ledger was created from this home. work: None when its database does not answer."""

    home: str
    identity: Identity | None
    parts: tuple[PartStatus, ...]
    work: WorkStatus | None

    @property
    def is_up(self) -> bool:
        """All parts run or answer."""
        return all(part.state in ("running", "answering") for part in self.parts)


def read_status(settings: Settings) -> StackStatus:
    """Look at the stack of a home, or ask the user's own services whether they answer."""
    if settings.kafka.bootstrap_servers or settings.postgres.dsn.get_secret_value():
        parts = _own_kafka(settings), _own_postgres(settings)
    else:
        kafka, postgres = embedded(settings)
        parts = _embedded_kafka(kafka), _embedded_postgres(postgres)
    identity = read_ledger_file(settings.home)
    work = read_work(settings, identity.partitions) if identity is not None else None
    return StackStatus(home=str(settings.home), identity=identity, parts=parts, work=work)


def read_work(settings: Settings, partitions: int) -> WorkStatus | None:
    """See who works on the ledger of a home and how far they are; None when its database cannot tell. partitions: of `facts`."""
    from ledger.adapters.kafka_admin import KafkaAdmin
    from ledger.adapters.postgres_workers import look_at_work

    try:
        settings = load_settings(home=settings.home)
        seen = look_at_work(settings.postgres_dsn())
    except (LedgerError, ModuleNotFoundError):  # without the extra `worker` there is no way to ask
        return None
    lag = register_lag = None
    with suppress(LedgerError):
        admin = KafkaAdmin(settings)
        register_lag = admin.end_offsets(REGISTER, 1, seconds=ASK_SECONDS_MAX)[0] - seen.register_next
        ends = admin.end_offsets(FACTS, partitions, seconds=ASK_SECONDS_MAX)
        lag = sum(end - seen.next_offsets.get(partition, 0) for partition, end in enumerate(ends))
    time = instant_to_text(seen.time_reached) if seen.time_reached else None
    sealed = None
    if seen.sealed is not None:
        number, at_millis, records = seen.sealed
        sealed = SealStatus(round=number, at=instant_to_text(1000 * at_millis), records=records)
    return WorkStatus(
        workers=seen.workers, leading=seen.leading, lag=lag, register_lag=register_lag, pending=seen.pending, time_reached=time, sealed=sealed
    )


def _state(server: EmbeddedKafka | EmbeddedPostgres) -> State:
    if server.pid is not None:
        return "running"
    return "stale" if server.is_stale else "stopped"


def _embedded_kafka(kafka: EmbeddedKafka) -> PartStatus:
    version = next(jar.version for jar in read_lock() if jar.artifact == "kafka-server")
    with suppress(LedgerError):
        version += f", Java {java_version(find_java(java_home()))}"
    return PartStatus(
        name="kafka",
        state=_state(kafka),
        pid=kafka.pid,
        address=kafka.bootstrap_servers,
        data_bytes=used_bytes(kafka.folder),
        version=version,
    )


def _embedded_postgres(postgres: EmbeddedPostgres) -> PartStatus:
    return PartStatus(
        name="postgres",
        state=_state(postgres),
        pid=postgres.pid,
        address=postgres.dsn,
        data_bytes=used_bytes(postgres.folder),
        version=postgres_version(),
    )


def _own_kafka(settings: Settings) -> PartStatus:
    from ledger.adapters.kafka_admin import KafkaAdmin

    state: State = "answering"
    try:
        KafkaAdmin(settings).cluster_id(seconds=ASK_SECONDS_MAX)
    except LedgerError:
        state = "not answering"
    address = settings.kafka.bootstrap_servers
    return PartStatus(name="kafka", state=state, pid=None, address=address, data_bytes=None, version="own")


def _own_postgres(settings: Settings) -> PartStatus:
    from ledger.adapters.postgres_identity import ledger_schemas

    state: State = "answering"
    try:
        ledger_schemas(settings.postgres_dsn())
    except LedgerError:
        state = "not answering"
    return PartStatus(name="postgres", state=state, pid=None, address="own DSN", data_bytes=None, version="own")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPlan:
    """All that a reset deletes: folders and files with their bytes, and on own services topics and schemas."""

    paths: tuple[tuple[Path, int], ...]
    topics: tuple[str, ...]
    schemas: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """There is nothing to delete."""
        return not (self.paths or self.topics or self.schemas)


def plan_reset(settings: Settings) -> ResetPlan:
    """Say what a reset would delete. Only what the ledger made: other files in the home stay, and so does the jar cache.

    Raises:
        DependencyError: own services do not answer.
    """
    names = ("kafka", "postgres", "logs", RUN_FILE, LEDGER_FILE)
    own = (*(settings.home / name for name in names), settings.archive)
    paths = tuple((path, used_bytes(path)) for path in own if path.exists() and path.is_relative_to(settings.home))
    topics: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    if settings.has_own_services:
        from ledger.adapters.kafka_admin import KafkaAdmin
        from ledger.adapters.postgres_identity import ledger_schemas

        ours = {*partitions_by_topic(1), *MARKER_TOPICS.values()}
        topics = tuple(sorted(ours & KafkaAdmin(settings).topics().keys()))
        if topics and not set(MARKER_TOPICS.values()) & set(topics):
            topics = ()  # names like ours, but without the marker it is not a ledger
        schemas = tuple(ledger_schemas(settings.postgres_dsn()))
    elif (identity := read_ledger_file(settings.home)) is not None:
        topics = tuple(identity.topic_ids)
    return ResetPlan(paths=paths, topics=topics, schemas=schemas)


def reset(settings: Settings) -> ResetPlan:
    """Stop what is embedded and delete what `plan_reset` says; return that plan. Killed half-way: run it again."""
    with only_one(settings.home):
        plan = plan_reset(settings)
        if settings.has_own_services:
            from ledger.adapters.kafka_admin import KafkaAdmin
            from ledger.adapters.postgres_identity import drop_schemas

            KafkaAdmin(settings).delete(plan.topics)
            drop_schemas(settings.postgres_dsn(), list(plan.schemas))
        else:
            stop_servers(settings)
        for path, _ in plan.paths:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            if path.exists():
                raise DependencyError(f"cannot delete {path}", hint="look at who uses it and run `ledger reset` again")
    return plan
