"""Are Kafka and PostgreSQL there, are they this ledger's, and are they as they must be?"""

from __future__ import annotations

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_connection import connect, translated
from ledger.adapters.postgres_identity import read_identity
from ledger.adapters.postgres_migrations import require_layout
from ledger.doctoring.checks import CONNECT_SECONDS_MAX, Found, found
from ledger.doctoring.sayings import Clause
from ledger.errors import OperatorError
from ledger.settings import Settings
from ledger.sql import read_migrations
from ledger.stack.identity import read_ledger_file
from ledger.topics import FACTS, FACTS_SETTINGS, MARKER_TOPICS, TOPIC_SETTINGS, partitions_by_topic

_SIZE = "max.message.bytes"
_CHECKED = ("cleanup.policy", "retention.ms", "retention.bytes", "message.timestamp.type")


def settings_are_readable(settings: Settings) -> Found:
    """That they could be read is known by now; here: whether they name both services."""
    settings.kafka_client_config()
    settings.postgres_dsn()
    is_own = settings.has_own_services and read_ledger_file(settings.home) is None
    return found("settings_own" if is_own else "settings_home")


def kafka_answers(settings: Settings) -> Found:
    """A broker answers."""
    return found("kafka_answers", cluster=KafkaAdmin(settings).cluster_id(seconds=CONNECT_SECONDS_MAX))


def kafka_is_this_ledgers(settings: Settings) -> Found:
    """Cluster and topics are those that the database recorded."""
    recorded = read_identity(settings.postgres_dsn())
    if recorded is None:
        raise OperatorError("the database belongs to no ledger yet", hint="ledger up")
    mode, partitions, cluster_id, topic_ids = recorded
    admin = KafkaAdmin(settings)
    there, topics = admin.cluster_id(seconds=CONNECT_SECONDS_MAX), admin.topics()
    again = [name for name, topic_id in topic_ids.items() if name in topics and topics[name].topic_id != topic_id]
    differs = [] if there == cluster_id else [Clause("other_cluster", {"there": there, "recorded": cluster_id})]
    differs += [Clause("topic_made_again", {"topic": name}) for name in again]
    differs += [Clause("topic_gone", {"topic": name}) for name in topic_ids if name not in topics]
    if differs:
        return found("kafka_other", differs=tuple(differs))
    return found("kafka_ours", mode=mode, partitions=partitions)


def topics_are_as_they_must_be(settings: Settings) -> Found:
    """Nothing may be deleted or compacted, the broker's time counts, there is room for the largest event, and no partition is missing."""
    admin = KafkaAdmin(settings)
    admin.cluster_id(seconds=CONNECT_SECONDS_MAX)
    topics = admin.topics()
    wanted = partitions_by_topic(topics[FACTS].partitions if FACTS in topics else 0)
    wrong = [Clause("topic_missing", {"topic": name}) for name in wanted if name not in topics]
    for name, count in wanted.items():
        if name in topics and topics[name].partitions != count:
            wrong.append(Clause("topic_partitions", {"topic": name, "there": topics[name].partitions, "wanted": count}))
    wrong += [Clause("topic_leaderless", {"topic": name}) for name in wanted if name in topics and not topics[name].has_leaders]
    small = []
    ours = [name for name in (*wanted, *MARKER_TOPICS.values()) if name in topics]
    for name, has in sorted(admin.topic_settings(ours).items()):
        must = FACTS_SETTINGS if name == FACTS else TOPIC_SETTINGS
        wrong += [_other("topic_setting", name, key, has.get(key), must[key]) for key in _CHECKED if has.get(key) != must[key]]
        if int(has.get(_SIZE) or 0) < int(must[_SIZE]):
            small.append(_other("topic_small", name, _SIZE, has.get(_SIZE) or "0", must[_SIZE]))
    if wrong:
        return found("topics_wrong", wrong=tuple(wrong))
    return found("topics_small", small=tuple(small)) if small else found("topics_kept", topics=len(ours))


def _other(clause: str, topic: str, setting: str, there: str | None, wanted: str) -> Clause:
    return Clause(clause, {"topic": topic, "setting": setting, "there": str(there), "wanted": wanted})


def postgres_answers(settings: Settings) -> Found:
    """The database answers."""
    with connect(settings.postgres_dsn(), application="ledger-doctor") as connection:
        return found("postgres_answers", version=connection.info.server_version // 10_000)


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
            return found("tables_foreign", migrations=(*newer, *edited))
        if missing:
            return found("tables_missing", migrations=tuple(missing))
        require_layout(connection)
    return found("tables_current", migrations=len(known))


def identity_is_the_same(settings: Settings) -> Found:
    """The file of this home and the database speak of the same ledger."""
    recorded, by_file = read_identity(settings.postgres_dsn()), read_ledger_file(settings.home)
    if recorded is None:
        return found("identity_none")
    if by_file is None:
        return found("identity_elsewhere")
    if (by_file.mode, by_file.partitions, by_file.cluster_id, dict(by_file.topic_ids)) != recorded:
        return found("identity_other")
    return found("identity_same", mode=by_file.mode, partitions=by_file.partitions)
