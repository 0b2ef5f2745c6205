"""Is the log in Kafka still the one that the database was made from, and that this worker began on? Asked at every start and while running.

A topic that was deleted and made again has the same name and other records at the same offsets: folding on would mix two histories. A ledger
that was reset may come back at the same addresses: its workers are those that are started for it.
Source: docs/runbook.md; KIP-516 (topic ids).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final, NamedTuple

from ledger.adapters.kafka_admin import KafkaAdmin, TopicFound
from ledger.adapters.postgres_identity import read_identity
from ledger.errors import OperatorError
from ledger.settings import Settings
from ledger.topics import FACTS, Mode

#: Longest wait for a broker: after it the part begins anew, and reads where the broker is.
ANSWER_SECONDS_MAX: Final = 10.0


class Ledger(NamedTuple):
    """What was decided for good when the ledger was created."""

    mode: Mode
    partitions: int

    @property
    def is_simulated(self) -> bool:
        """Whether time comes from ticks alone."""
        return self.mode == "simulated"


class LogCheck:
    """The check of one worker, which remembers the ledger that it began on. For all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun_on: tuple[str, Mapping[str, str]] | None = None
        self._admins: dict[str, KafkaAdmin] = {}

    def require_same_log(self, settings: Settings) -> Ledger:
        """Compare the cluster, the topics and the partitions with what this worker began on and with what the database recorded.

        Raises:
            OperatorError: they differ; the message names both.
            DependencyError: Kafka or PostgreSQL does not answer.
        """
        cluster_id, found = self._ask(settings)
        self._require_begun_on(cluster_id, found)  # first: a database that is just being made would be told of instead
        recorded = read_identity(settings.postgres_dsn())
        if recorded is None:
            raise OperatorError("cannot work: the database belongs to no ledger yet", hint="ledger up")
        mode, partitions, cluster_id_recorded, topic_ids = recorded
        _require("the cluster id", cluster_id_recorded, cluster_id)
        for name, topic_id in topic_ids.items():
            _require(f"the id of topic {name}", topic_id, found[name].topic_id if name in found else "no such topic")
        _require("the partition count of facts", partitions, found[FACTS].partitions)
        with self._lock:
            self._begun_on = self._begun_on or (cluster_id, topic_ids)
        self._require_begun_on(cluster_id, found)  # again: another thread may have begun on another one meanwhile
        return Ledger("simulated" if mode == "simulated" else "real", partitions)

    def _ask(self, settings: Settings) -> tuple[str, Mapping[str, TopicFound]]:
        """(cluster id, topics), by a client that is kept for the next look: several threads look every few seconds. One that failed is not."""
        address = settings.kafka.bootstrap_servers
        admin = self._admins.pop(address, None) or KafkaAdmin(settings)
        cluster_id, found = admin.cluster_id(seconds=ANSWER_SECONDS_MAX), admin.topics()
        self._admins = {address: admin}
        return cluster_id, found

    def _require_begun_on(self, cluster_id: str, found: Mapping[str, TopicFound]) -> None:
        if self._begun_on is None:
            return
        begun_cluster_id, topic_ids = self._begun_on
        pairs = [("cluster id", begun_cluster_id, cluster_id)]
        pairs += [(f"id of topic {name}", topic_id, found[name].topic_id) for name, topic_id in topic_ids.items() if name in found]
        for what, begun, now in pairs:
            if begun != now:
                raise OperatorError(
                    f"cannot work on: this worker began on the ledger with {what} {begun}, Kafka now has {now}",
                    hint="the ledger was made anew: start a new worker for it; see the runbook, `another ledger`",
                )


def _require(what: str, recorded: object, found: object) -> None:
    if recorded != found:
        raise OperatorError(
            f"cannot work: {what} recorded in PostgreSQL is {recorded}, Kafka has {found}",
            hint="bring back the services that belong together; see the runbook, `log and database differ`",
        )
