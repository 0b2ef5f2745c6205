"""Are Kafka and PostgreSQL there, are they this ledger's, and are they as they must be?"""

from __future__ import annotations

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_connection import connect, translated
from ledger.adapters.postgres_identity import read_identity
from ledger.adapters.postgres_migrations import require_layout
from ledger.doctoring.checks import CONNECT_SECONDS_MAX, Found
from ledger.errors import OperatorError
from ledger.settings import Settings
from ledger.sql import read_migrations
from ledger.stack.identity import read_ledger_file
from ledger.topics import FACTS, FACTS_SETTINGS, MARKER_TOPICS, TOPIC_SETTINGS, partitions_by_topic

_CHECKED = ("cleanup.policy", "retention.ms", "retention.bytes", "message.timestamp.type")


def settings_are_readable(settings: Settings) -> Found:
    """That they could be read is known by now; here: whether they name both services."""
    settings.kafka_client_config()
    settings.postgres_dsn()
    kind = "own Kafka and PostgreSQL" if settings.has_own_services and read_ledger_file(settings.home) is None else "a ledger of this home"
    return Found("ok", "LEDGER__* and run.json", f"they name {kind}")


def kafka_answers(settings: Settings) -> Found:
    """A broker answers."""
    cluster_id = KafkaAdmin(settings).cluster_id(seconds=CONNECT_SECONDS_MAX)
    return Found("ok", "the cluster id", f"Kafka answers: cluster {cluster_id}")


def kafka_is_this_ledgers(settings: Settings) -> Found:
    """Cluster and topics are those that the database recorded."""
    recorded = read_identity(settings.postgres_dsn())
    if recorded is None:
        raise OperatorError("the database belongs to no ledger yet", hint="ledger up")
    mode, partitions, cluster_id, topic_ids = recorded
    admin = KafkaAdmin(settings)
    there, found = admin.cluster_id(seconds=CONNECT_SECONDS_MAX), admin.topics()
    differs = [] if there == cluster_id else [f"cluster {there} instead of {cluster_id}"]
    differs += [f"topic {name} was made again" for name, topic_id in topic_ids.items() if name in found and found[name].topic_id != topic_id]
    differs += [f"topic {name} is gone" for name in topic_ids if name not in found]
    if differs:
        return Found("wrong", "cluster and topic ids", "; ".join(differs), "bring back the services that belong together")
    return Found("ok", "cluster and topic ids", f"they are those of this {mode} ledger with {partitions} partitions")


def topics_are_as_they_must_be(settings: Settings) -> Found:
    """Nothing may be deleted or compacted, the broker's time counts, there is room for the largest event, and no partition is missing."""
    admin = KafkaAdmin(settings)
    admin.cluster_id(seconds=CONNECT_SECONDS_MAX)
    found = admin.topics()
    wanted = partitions_by_topic(found[FACTS].partitions if FACTS in found else 0)
    wrong = [f"{name} is not there" for name in wanted if name not in found]
    there = {name: count for name, count in wanted.items() if name in found}
    wrong += [f"{name} has {found[name].partitions} partitions, not {count}" for name, count in there.items() if found[name].partitions != count]
    wrong += [f"{name} has a partition without a leader" for name in there if not found[name].has_leaders]
    small = []
    ours = [name for name in (*wanted, *MARKER_TOPICS.values()) if name in found]
    for name, has in sorted(admin.topic_settings(ours).items()):
        must = FACTS_SETTINGS if name == FACTS else TOPIC_SETTINGS
        wrong += [f"{name} has {key}={has.get(key)}, not {must[key]}" for key in _CHECKED if has.get(key) != must[key]]
        size = int(has.get("max.message.bytes") or 0)
        small += [f"{name} has max.message.bytes={size}, below {must['max.message.bytes']}"] if size < int(must["max.message.bytes"]) else []
    if wrong:
        return Found(
            "wrong", "partitions and settings of all topics", "; ".join(wrong), "set them back with Kafka's own tools; find out who changed them",
        )
    if small:
        return Found(
            "warning", "partitions and settings of all topics", "; ".join(small), "raise it: larger events are refused, or put aside as oversize",
        )
    return Found("ok", "partitions and settings of all topics", f"{len(ours)} topics keep everything")


def postgres_answers(settings: Settings) -> Found:
    """The database answers."""
    with connect(settings.postgres_dsn(), application="ledger-doctor") as connection:
        version = connection.info.server_version // 10_000
    return Found("ok", "a connection", f"PostgreSQL {version} answers")


def tables_are_current(settings: Settings) -> Found:
    """Every migration is applied, unchanged, and the projections have the tables of this version."""
    known = read_migrations()
    with connect(settings.postgres_dsn(), application="ledger-doctor") as connection:
        with translated("read the migrations"):
            rows = connection.execute("SELECT number, name, sha256 FROM ledger.migration ORDER BY number").fetchall()
        newer = [name for number, name, _ in rows if number > len(known)]
        edited = [name for number, name, sha256 in rows if number <= len(known) and known[number - 1].sha256 != sha256]
        missing = [each.name for each in known if each.number not in {row[0] for row in rows}]
        if newer or edited:
            what = f"applied and not of this version: {', '.join([*newer, *edited])}"
            return Found("wrong", "migrations", what, "install the version of the ledger that the database was made with, or a newer one")
        if missing:
            return Found("wrong", "migrations", f"not applied: {', '.join(missing)}", "ledger migrate")
        require_layout(connection)
    return Found("ok", "migrations and the layout of the projections", f"all {len(known)} are applied, the tables are those of this version")


def identity_is_the_same(settings: Settings) -> Found:
    """The file of this home and the database speak of the same ledger."""
    recorded, by_file = read_identity(settings.postgres_dsn()), read_ledger_file(settings.home)
    if recorded is None:
        return Found("wrong", "table identity", "the database belongs to no ledger yet", "ledger up")
    if by_file is None:
        return Found("ok", "table identity", "this home has no ledger.json: its ledger was made from elsewhere")
    same = (by_file.mode, by_file.partitions, by_file.cluster_id, dict(by_file.topic_ids)) == recorded
    if not same:
        return Found(
            "wrong", "ledger.json and table identity", "they speak of different ledgers", "check LEDGER__HOME and the addresses of the services",
        )
    return Found("ok", "ledger.json and table identity", f"both say: {by_file.mode}, {by_file.partitions} partitions")
