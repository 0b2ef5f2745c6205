"""Seals what is on the log, round by round. One leader; the order that no crash can turn into two histories is that of ledger/sealing/.

A sealed record that reads differently stops the worker: a person must look. Keys and topics are looked at before each round: a key that comes or
goes, and a partition more, is said in the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ledger import metrics
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_duties import Duty
from ledger.sealing.archive import Archive
from ledger.sealing.keys import SealingKey, keys_of
from ledger.sealing.sealer import Round, Sealer, Topic
from ledger.settings import Settings
from ledger.topics import SEALED
from processors.log_checks import Ledger

_FOR_NAMES = str.maketrans("+/", "-_")
OnStep = Callable[[str, int], None]


def seal(settings: Settings, ledger: Ledger, duty: Duty, stop: threading.Event) -> None:
    """Seal until told to stop. The caller has taken the duty.

    Raises:
        OperatorError: a sealed record reads differently or is gone, or archive, PostgreSQL and Kafka do not belong together.
        DependencyError: Kafka or PostgreSQL does not answer; call again.
        FencedError: another sealer is at work.
    """
    with KafkaLog(settings) as log:
        admin, opened, sealer = KafkaAdmin(settings), None, None
        while not stop.is_set():
            now = sealing_keys(settings), topics_to_seal(admin)
            if sealer is None or now != opened:
                opened, sealer = now, _opened(settings, log, duty, admin, *now)
            _note(sealer.seal(time.time_ns() // 1_000_000, _count))
            stop.wait(settings.sealing.seconds)


def seal_once(settings: Settings, duty: Duty, on_step: OnStep) -> Round:
    """One round over all that is on the log now. The caller has taken the duty. Raises: as `seal`."""
    with KafkaLog(settings) as log:
        admin = KafkaAdmin(settings)
        return _opened(settings, log, duty, admin, sealing_keys(settings), topics_to_seal(admin)).seal(time.time_ns() // 1_000_000, on_step)


def sealing_keys(settings: Settings) -> list[SealingKey]:
    """The keys that sign: from the secret store, else from the file. Raises: OperatorError."""
    return keys_of(settings.sealing.key.get_secret_value(), settings.sealing_key_file)


def _opened(
    settings: Settings, log: KafkaLog, duty: Duty, admin: KafkaAdmin, keys: list[SealingKey], topics: dict[str, Topic]
) -> Sealer:
    sealer = Sealer(Archive(settings.archive), log, duty, keys)
    sealer.open(admin.cluster_id(), topics)
    return sealer


def topics_to_seal(admin: KafkaAdmin) -> dict[str, Topic]:
    """The topics that are sealed, by name, with their ids as Kafka itself writes them: base64 for names (the client has + and /)."""
    found = admin.topics()
    return {name: Topic(found[name].topic_id.translate(_FOR_NAMES), found[name].partitions) for name in SEALED}


def _count(topic: str, records: int) -> None:
    metrics.RECORDS_SEALED.labels(topic).inc(records)


def _note(done: Round) -> None:
    metrics.SEAL_ROUND.set(done.number)
    metrics.SEALED_AT.set(time.time())
