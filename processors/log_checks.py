"""Is the log in Kafka still the one that the database was made from? Asked at every start and now and then while running.

A topic that was deleted and made again has the same name and other records at the same offsets: folding on would mix two histories.
Source: docs/runbook.md; KIP-516 (topic ids).
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_identity import read_identity
from ledger.errors import OperatorError
from ledger.settings import Settings
from ledger.topics import FACTS, Mode


class Ledger(NamedTuple):
    """What was decided for good when the ledger was created."""

    mode: Mode
    partitions: int

    @property
    def is_simulated(self) -> bool:
        """Whether time comes from ticks alone."""
        return self.mode == "simulated"


def require_same_log(settings: Settings) -> Ledger:
    """Compare the cluster, the topics and the partitions with what the database recorded.

    Raises:
        OperatorError: they differ; the message names both.
        DependencyError: Kafka or PostgreSQL does not answer.
    """
    recorded = read_identity(settings.postgres_dsn())
    if recorded is None:
        raise OperatorError("cannot work: the database belongs to no ledger yet", hint="ledger up")
    mode, partitions, cluster_id, topic_ids = recorded
    admin = KafkaAdmin(settings)
    _require("the cluster id", cluster_id, admin.cluster_id())
    found = admin.topics()
    for name, topic_id in topic_ids.items():
        _require(f"the id of topic {name}", topic_id, found[name].topic_id if name in found else "no such topic")
    _require("the partition count of facts", partitions, found[FACTS].partitions)
    return Ledger("simulated" if mode == "simulated" else "real", partitions)


def _require(what: str, recorded: object, found: object) -> None:
    if recorded != found:
        raise OperatorError(
            f"cannot work: {what} recorded in PostgreSQL is {recorded}, Kafka has {found}",
            hint="bring back the services that belong together; see the runbook, `log and database differ`",
        )
