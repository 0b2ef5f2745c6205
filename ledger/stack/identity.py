"""What a ledger is for good: real or simulated, how many partitions, which Kafka cluster, which topics.

Decided once, when the ledger is created; recorded three times (the topic list, a table, `ledger.json`) and compared at
every start. A difference stops everything: a partition count that changed sends one subject's facts to two places, a topic
made again has lost its history. Dying between two steps of a creation is harmless, the next start does the rest:
1. data topics  2. the marker topic  3. row in PostgreSQL  4. `ledger.json`  5. the first `TimeReached`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ledger.adapters.kafka_admin import KafkaAdmin, TopicFound
from ledger.errors import CallerError, OperatorError, RefusedError
from ledger.settings import Settings
from ledger.stack.files import write_atomically
from ledger.topics import FACTS, FACTS_SETTINGS, MARKER_TOPICS, REGISTER, SETTINGS_CHECKED, TOPIC_SETTINGS, Mode, partitions_by_topic

SIMULATED_START = datetime(2018, 1, 1, tzinfo=UTC)
CONNECT_SECONDS_MAX = 15.0  # a broker that is there answers in a tenth of one
LEDGER_FILE = "ledger.json"
_RESET_HINT = "bring back the services that belong together, or start anew with `ledger reset`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What was decided at creation. topic_ids: by topic name, marker included. created_at: RFC 3339."""

    mode: Mode
    partitions: int
    cluster_id: str
    topic_ids: Mapping[str, str]
    created_at: str


def read_ledger_file(home: Path) -> Identity | None:
    """Return what this home recorded, or None when no ledger was created from here.

    Raises:
        OperatorError: the file is damaged.
    """
    path = home / LEDGER_FILE
    try:
        return Identity(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise OperatorError(
            f"cannot read {path}: {type(error).__name__}", hint="restore it, or remove it: it is written anew"
        ) from error


def refuse_other_wish(recorded: Identity, *, mode: Mode | None, partitions: int | None) -> None:
    """Refuse to open a ledger as something it is not. None: no wish.

    Raises:
        RefusedError: mode or partition count differ from what the ledger is.
    """
    if mode is not None and mode != recorded.mode:
        raise RefusedError(
            f"cannot open a {recorded.mode} ledger as a {mode} one: which it is was decided for good when it was created",
            hint="use another LEDGER__HOME for the other ledger",
        )
    if partitions is not None and partitions != recorded.partitions:
        raise RefusedError(
            f"cannot open the ledger with {partitions} partitions: it was created with {recorded.partitions}, for good",
            hint="leave the number of partitions out",
        )


def establish(settings: Settings, *, mode: Mode | None, partitions: int | None, start: datetime | None) -> Identity:
    """Create the ledger on these services, or check that they are the ones it was created on.

    mode, partitions: wishes; None takes what is recorded, else real and `settings.partitions`. start: the first time of a
    new simulated ledger. The database must have been migrated. Safe to repeat.

    Raises:
        RefusedError: a wish differs from what the ledger is.
        OperatorError: the services differ from what was recorded; the message names both.
    """
    from ledger.adapters.postgres_identity import write_identity  # psycopg: not in the base install

    admin = KafkaAdmin(settings)
    cluster_id, found = admin.cluster_id(seconds=CONNECT_SECONDS_MAX), admin.topics()
    by_file, by_database = read_ledger_file(settings.home), _read_database(settings)
    for where, recorded in ((LEDGER_FILE, by_file), ("PostgreSQL", by_database)):
        if recorded is not None:
            refuse_other_wish(recorded, mode=mode, partitions=partitions)
            _require_same(where, recorded, cluster_id, found)
    if by_file is None and by_database is None and not _marked_modes(found):
        mode, partitions = mode or "real", partitions or settings.partitions
        if mode == "real":
            refuse_start_of_real(start)
        _create_topics(admin, settings, mode, partitions, found)
        found = admin.topics()
    identity = _observed(cluster_id, found, by_file)
    refuse_other_wish(identity, mode=mode, partitions=partitions)
    _require_settings(admin, identity)
    if by_database is None:
        write_identity(
            settings.postgres_dsn(),
            mode=identity.mode,
            partitions=identity.partitions,
            cluster_id=cluster_id,
            topic_ids=dict(identity.topic_ids),
        )
    if by_file is None:
        write_atomically(settings.home / LEDGER_FILE, json.dumps(asdict(identity), indent=2) + "\n")
    _publish_first_time(admin, settings, identity, start)
    return identity


def _read_database(settings: Settings) -> Identity | None:
    from ledger.adapters.postgres_identity import read_identity

    row = read_identity(settings.postgres_dsn())
    if row is None:
        return None
    mode: Mode = "simulated" if row[0] == "simulated" else "real"  # the table allows no third
    return Identity(mode=mode, partitions=row[1], cluster_id=row[2], topic_ids=row[3], created_at="")


def _create_topics(
    admin: KafkaAdmin, settings: Settings, mode: Mode, partitions: int, found: Mapping[str, TopicFound]
) -> None:
    """Steps 1 and 2. Topics of ours without a marker: a creation that was killed left them empty; others are not ours."""
    wanted = partitions_by_topic(partitions)
    for name in wanted.keys() & found.keys():
        if found[name].partitions != wanted[name] or any(admin.end_offsets(name, found[name].partitions)):
            raise OperatorError(
                f"cannot create a ledger: topic {name} exists with {found[name].partitions} partitions and is not a ledger's",
                hint="use a Kafka cluster of its own for the ledger",
            )
    replicas = {"min.insync.replicas": str(settings.min_insync_replicas)}
    topic_settings = TOPIC_SETTINGS | replicas
    admin.create({FACTS: wanted.pop(FACTS)}, replication_factor=settings.replication_factor, settings=FACTS_SETTINGS | replicas)
    admin.create(wanted, replication_factor=settings.replication_factor, settings=topic_settings)
    admin.create({MARKER_TOPICS[mode]: 1}, replication_factor=settings.replication_factor, settings=topic_settings)


def _marked_modes(found: Mapping[str, TopicFound]) -> list[Mode]:
    return [mode for mode, topic in MARKER_TOPICS.items() if topic in found]


def _observed(cluster_id: str, found: Mapping[str, TopicFound], by_file: Identity | None) -> Identity:
    """Read off the topic list what the ledger is."""
    modes = _marked_modes(found)
    if len(modes) != 1:
        raise OperatorError(
            f"cannot tell what this ledger is: expected one of the topics {' and '.join(MARKER_TOPICS.values())}, got {len(modes)}",
            hint=_RESET_HINT,
        )
    partitions = found[FACTS].partitions if FACTS in found else 0
    wanted = partitions_by_topic(partitions) | {MARKER_TOPICS[modes[0]]: 1}
    for name, count in wanted.items():
        have = found[name].partitions if name in found else 0
        if have != count or not have:
            raise OperatorError(
                f"cannot use topic {name}: expected {count or 'some'} partitions, got {have}", hint=_RESET_HINT
            )
    created_at = by_file.created_at if by_file else datetime.now(UTC).isoformat(timespec="seconds")
    topic_ids = {name: found[name].topic_id for name in sorted(wanted)}
    return Identity(
        mode=modes[0], partitions=partitions, cluster_id=cluster_id, topic_ids=topic_ids, created_at=created_at
    )


def _require_same(where: str, recorded: Identity, cluster_id: str, found: Mapping[str, TopicFound]) -> None:
    def differs(what: str, expected: object, got: object) -> OperatorError:
        message = f"cannot open the ledger: {what} recorded in {where} is {expected}, Kafka has {got}"
        return OperatorError(message, hint=_RESET_HINT)

    if recorded.cluster_id != cluster_id:
        raise differs("the cluster id", recorded.cluster_id, cluster_id)
    for name, topic_id in recorded.topic_ids.items():
        if name not in found:
            raise differs(f"topic {name}", f"id {topic_id}", "no such topic")
        if found[name].topic_id != topic_id:
            raise differs(f"the id of topic {name}", topic_id, found[name].topic_id)
    if found[FACTS].partitions != recorded.partitions:
        raise differs("the partition count of facts", recorded.partitions, found[FACTS].partitions)
    if _marked_modes(found) != [recorded.mode]:
        raise differs("the mode", recorded.mode, " and ".join(_marked_modes(found)) or "none")


def _require_settings(admin: KafkaAdmin, identity: Identity) -> None:
    for name, settings in admin.topic_settings(identity.topic_ids).items():
        for key in SETTINGS_CHECKED:
            if settings.get(key) != TOPIC_SETTINGS[key]:
                raise OperatorError(
                    f"cannot use topic {name}: expected {key}={TOPIC_SETTINGS[key]}, got {settings.get(key)}",
                    hint="set it back with Kafka's own tools; find out who changed it and what was lost",
                )


def refuse_start_of_real(start: datetime | None) -> None:
    """Refuse a chosen first time for a ledger that is, or will be, real."""
    if start is not None:
        raise RefusedError("cannot set the first time of a real ledger: it follows the clocks", hint="add --simulated")


def _publish_first_time(admin: KafkaAdmin, settings: Settings, identity: Identity, start: datetime | None) -> None:
    """Step 5: the first register event says which time it is. Anything in `register` means that it is there."""
    if any(admin.end_offsets(REGISTER, 1)):
        if start is not None:
            raise CallerError("cannot set a first time: the ledger exists and has one", hint="ledger tick")
        return
    if identity.mode == "real":
        refuse_start_of_real(start)
    from ledger.register import (
        publish_time,
    )  # schemas and codec: half a tenth of a second that other paths need not pay

    first = datetime.now(UTC) if identity.mode == "real" else (start or SIMULATED_START)
    publish_time(settings, first, identity.mode)
