"""Whether a log, on the broker or in an archive, is the one that the database was made from. Asked before anything is folded."""

from __future__ import annotations

from importlib.metadata import version

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_identity import read_identity
from ledger.auditing.archive_log import ArchiveLog
from ledger.errors import OperatorError
from ledger.settings import Settings
from ledger.topics import FACTS, OBLIGATIONS, VIOLATIONS


def require_same_log(settings: Settings, dsn: str) -> tuple[int, bool, dict[str, str]]:
    """Check that the log on the broker is the one this database belongs to; return (partitions, simulated, what identifies the log).

    Raises:
        OperatorError: it is another one. DependencyError: Kafka or PostgreSQL does not answer.
    """
    mode, partitions, cluster_id, topic_ids = _identity(dsn)
    admin = KafkaAdmin(settings)
    found = admin.topics()
    topic_id = found[FACTS].topic_id if FACTS in found else "none"
    if admin.cluster_id() != cluster_id or topic_id != topic_ids.get(FACTS):
        raise OperatorError(
            f"cannot go on: expected topic {FACTS} with id {topic_ids.get(FACTS)}, got {topic_id}",
            hint="this is not the log the projections were made from: bring back the services that belong together",
        )
    return partitions, mode == "simulated", _made_from(cluster_id, topic_id, mode)


def require_same_archive(log: ArchiveLog, dsn: str) -> tuple[int, bool, dict[str, str]]:
    """The same of an archive; Kafka is not asked.

    Raises:
        OperatorError: it is another ledger's. DependencyError: PostgreSQL does not answer.
    """
    mode, partitions, cluster_id, topic_ids = _identity(dsn)
    log.require_ledger(cluster_id, topic_ids, [(topic, number) for topic in (FACTS, OBLIGATIONS, VIOLATIONS) for number in range(partitions)])
    return partitions, mode == "simulated", _made_from(cluster_id, topic_ids.get(FACTS, ""), mode)


def _identity(dsn: str) -> tuple[str, int, str, dict[str, str]]:
    identity = read_identity(dsn)
    if identity is None:
        raise OperatorError("cannot go on: the database belongs to no ledger yet", hint="run `ledger up` first")
    return identity


def _made_from(cluster_id: str, topic_id: str, mode: str) -> dict[str, str]:
    """Another release may fold otherwise: what an earlier one has begun is not continued."""
    return {"cluster": cluster_id, "topic": topic_id, "mode": mode, "release": version("privacy-ledger")}
