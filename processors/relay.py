"""Sends outcomes from PostgreSQL to Kafka: obligations, violations, dead letters. The outbox is table `outcome`.

Per partition in order. One leader; progress is noted after all are acknowledged, so dying in between sends some again: their ids are derived,
a receiver knows a repeat. Must never send what is not committed. Steps of a batch: 1 some sent  2 all acknowledged  3 noted.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from ledger import metrics
from ledger.adapters.kafka_sender import Headers, KafkaSender
from ledger.adapters.postgres_duties import Duty, Unsent
from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.failpoints import pass_by
from ledger.settings import Settings
from ledger.topics import DEAD_LETTERS
from processors.log_checks import Ledger

#: Outcomes of one partition in one batch.
BATCH_OUTCOMES_MAX: Final = 1000
#: Pause while the outbox is empty: what it adds to the way of an outcome, against twenty small queries a second.
POLL_SECONDS: Final = 0.05
SEND_SECONDS_MAX: Final = 30.0
_DEAD_LETTER_HEADERS: Final[Headers] = (("content-type", b"application/json"),)


def relay(settings: Settings, ledger: Ledger, duty: Duty, stop: threading.Event) -> None:
    """Send outcomes until told to stop. The caller has taken the duty.

    Raises:
        OperatorError: Kafka refuses an outcome for good.
        DependencyError: Kafka or PostgreSQL does not answer; call again.
    """
    sender = KafkaSender(settings, client_id="ledger-relay")
    try:
        while not stop.is_set():
            unsent = duty.unsent(ledger.partitions, limit=BATCH_OUTCOMES_MAX)
            metrics.OUTBOX_OUTCOMES.set(len(unsent))
            if not unsent:
                stop.wait(POLL_SECONDS)
                continue
            for outcome in unsent:
                _send(outcome, sender)
                pass_by("relay_between_sends")
            sender.finish(seconds=SEND_SECONDS_MAX)
            pass_by("relay_before_progress")
            duty.note_sent({outcome.partition: (outcome.log_offset, outcome.subject_id, outcome.ordinal) for outcome in unsent})
            pass_by("relay_after_progress")
            for topic, count in Counter(outcome.topic for outcome in unsent).items():
                metrics.OUTCOMES_SENT.labels(topic).inc(count)
    finally:
        sender.close()


def _send(outcome: Unsent, sender: KafkaSender) -> None:
    if outcome.topic == DEAD_LETTERS:
        sender.send(DEAD_LETTERS, 0, key=None, value=outcome.value, headers=_DEAD_LETTER_HEADERS)
    else:
        headers = cloudevents_headers(*codec.decode(outcome.value))
        sender.send(outcome.topic, outcome.partition, key=outcome.message_key, value=outcome.value, headers=headers)
