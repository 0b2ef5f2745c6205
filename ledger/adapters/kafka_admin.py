"""Creates, describes and deletes the topics of a ledger. Knows nothing of what is in them.

Every call has one deadline; Kafka's own errors become `DependencyError` (try again) or `OperatorError` (a person must act).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType  # type: ignore[attr-defined]

from ledger.errors import DependencyError, OperatorError
from ledger.settings import Settings

__all__ = ["KafkaAdmin", "TopicFound"]

REQUEST_SECONDS_MAX = 30.0
#: Of the first question: librdkafka tries a refused handshake again and again, and would only say that time is up.
FIRST_ANSWER_SECONDS = 5.0
POLL_SECONDS = 0.02
# Errors that pass by themselves while a broker starts or topics move.
_TRANSIENT = (
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError._TIMED_OUT_QUEUE,
    KafkaError._RESOLVE,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.NOT_CONTROLLER,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
)
# A handshake that fails: the code, what it means, what to look at. Kafka's own words are left out: they may quote what we sent.
_NO_ENTRY = {
    KafkaError._AUTHENTICATION: ("it refused the SASL user name, password or mechanism", "check LEDGER__KAFKA__SASL_*"),
    KafkaError._SSL: ("the TLS handshake failed, one side does not trust the other's certificate", "check LEDGER__KAFKA__SSL_*"),
}

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFound:
    """A topic as the cluster describes it. topic_id: a topic deleted and made again has another one."""

    topic_id: str
    partitions: int
    has_leaders: bool


class KafkaAdmin:
    """Admin calls on the cluster that the settings name.

    Raises:
        DependencyError: no client can be made, as on a machine without room for a thread or a file more.
    """

    def __init__(self, settings: Settings) -> None:
        # librdkafka's own lines on stderr would repeat what our errors say.
        config: dict[str, Any] = {**settings.kafka_client_config(), "log_level": 0, "socket.timeout.ms": 10_000, "error_cb": self._note}
        try:
            self._client = AdminClient(config)
        except RuntimeError as error:  # what librdkafka says of it names no value of ours
            hint = "look at the limits of threads and open files: ulimit -a"
            raise DependencyError(f"cannot make a client of Kafka: {error}", hint=hint) from None
        self._shut_out: int | None = None
        self._address = settings.kafka.bootstrap_servers
        self._knows_leaders = False

    def cluster_id(self, *, seconds: float = REQUEST_SECONDS_MAX) -> str:
        """Return the id the cluster was formatted with.

        Raises:
            DependencyError: no broker answers in time.
        """

        def ask() -> str:
            wait = min(seconds, FIRST_ANSWER_SECONDS)
            return str(self._client.describe_cluster(request_timeout=wait).result(wait + 1).cluster_id)

        return self._persist("ask for the cluster id", ask, seconds=seconds)

    def topics(self) -> dict[str, TopicFound]:
        """Return all topics except Kafka's internal ones, by name."""
        return self._persist("list topics", self._describe_all)

    def _describe_all(self) -> dict[str, TopicFound]:
        names = [name for name in self._client.list_topics(timeout=REQUEST_SECONDS_MAX).topics if name[:2] != "__"]
        found: dict[str, TopicFound] = {}
        if not names:
            return found
        described = self._client.describe_topics(TopicCollection(names), request_timeout=REQUEST_SECONDS_MAX)
        for name, future in described.items():
            with suppressed(KafkaError.UNKNOWN_TOPIC_OR_PART):  # deleted between the two questions
                topic = future.result(REQUEST_SECONDS_MAX)
                found[name] = TopicFound(
                    topic_id=str(topic.topic_id),
                    partitions=len(topic.partitions),
                    has_leaders=all(partition.leader is not None for partition in topic.partitions),
                )
        return found

    def create(self, partitions: Mapping[str, int], *, replication_factor: int, settings: Mapping[str, str]) -> None:
        """Create topics and wait until they can be written. partitions: by topic name. A topic that exists is left alone.

        Raises:
            OperatorError: the cluster refuses (too few brokers, no right to create).
        """
        wanted = [
            NewTopic(name, num_partitions=count, replication_factor=replication_factor, config=dict(settings))
            for name, count in partitions.items()
        ]

        def ask() -> None:
            for future in self._client.create_topics(wanted, request_timeout=REQUEST_SECONDS_MAX).values():
                with suppressed(KafkaError.TOPIC_ALREADY_EXISTS):
                    future.result(REQUEST_SECONDS_MAX)

        self._persist("create topics", ask)
        self._wait("create topics", lambda found: all(name in found and found[name].has_leaders for name in partitions))

    def delete(self, names: Collection[str]) -> None:
        """Delete topics and wait until they are gone. A topic that is not there is no error."""
        if not names:
            return

        def ask() -> None:
            for future in self._client.delete_topics(list(names), request_timeout=REQUEST_SECONDS_MAX).values():
                with suppressed(KafkaError.UNKNOWN_TOPIC_OR_PART):
                    future.result(REQUEST_SECONDS_MAX)

        self._persist("delete topics", ask)
        self._wait("delete topics", lambda found: not any(name in found for name in names))

    def end_offsets(self, topic: str, partitions: int, *, seconds: float = REQUEST_SECONDS_MAX) -> list[int]:
        """Return the offset of the next record of each partition.

        Raises:
            DependencyError: no broker answers in time.
        """
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        wanted = {TopicPartition(topic, number): latest for number in range(partitions)}

        def ask() -> list[int]:
            knows_leaders, self._knows_leaders = self._knows_leaders, False
            if not knows_leaders:
                # Asked for offsets first, a new client sometimes waits one or three whole seconds before it looks for the leaders. One that
                # was refused goes on asking with what it knew of a broker that has come back since.
                self._client.list_topics(topic, timeout=seconds)
            answers = self._client.list_offsets(wanted, request_timeout=seconds)
            offsets = {key.partition: int(future.result(seconds + 1).offset) for key, future in answers.items()}
            if min(offsets.values()) < 0:  # librdkafka's word for "not known", without an error beside it
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            self._knows_leaders = True
            return [offsets[number] for number in range(partitions)]

        return self._persist("read end offsets", ask, seconds=seconds)

    def topic_settings(self, names: Collection[str]) -> dict[str, dict[str, str]]:
        """Return the settings in force of each topic."""
        wanted = [ConfigResource(ResourceType.TOPIC, name) for name in names]

        def ask() -> dict[str, dict[str, str]]:
            answers = self._client.describe_configs(wanted, request_timeout=REQUEST_SECONDS_MAX)
            return {
                resource.name: {key: entry.value for key, entry in future.result(REQUEST_SECONDS_MAX).items()}
                for resource, future in answers.items()
            }

        return self._persist("read topic settings", ask)

    def _wait(self, doing: str, is_done: Any) -> None:
        deadline = time.monotonic() + REQUEST_SECONDS_MAX
        while not is_done(self.topics()):
            if time.monotonic() > deadline:
                raise DependencyError(
                    f"cannot {doing}: not visible after {REQUEST_SECONDS_MAX:.0f} s", hint="ledger status"
                )
            time.sleep(POLL_SECONDS)

    def _persist(self, doing: str, ask: Callable[[], Answer], *, seconds: float = REQUEST_SECONDS_MAX) -> Answer:
        """Ask again while the error is one that passes (leaders being elected after a start), until the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return ask()
            except KafkaException as error:
                kafka_error: KafkaError = error.args[0]
                if not (kafka_error.retriable() or kafka_error.code() in _TRANSIENT):
                    hint = "look at the rights and the size of the cluster"
                    raise OperatorError(f"cannot {doing}: Kafka refused ({kafka_error.name()})", hint=hint) from error
                self._client.poll(0)
                if self._shut_out is not None:
                    raise self._no_entry(doing) from error
                if time.monotonic() > deadline:
                    raise self._no_answer(doing, kafka_error.name()) from error
            except TimeoutError as error:
                raise self._no_answer(doing, "timeout") from error
            time.sleep(POLL_SECONDS)

    def _note(self, error: KafkaError) -> None:
        if error.code() in _NO_ENTRY:
            self._shut_out = error.code()

    def _no_entry(self, doing: str) -> DependencyError:
        why, hint = _NO_ENTRY[self._shut_out or KafkaError._SSL]
        return DependencyError(f"cannot {doing}: Kafka at {self._address} does not let us in: {why}", hint=hint)

    def _no_answer(self, doing: str, why: str) -> DependencyError:
        return DependencyError(
            f"cannot {doing}: Kafka at {self._address} did not answer ({why})",
            hint="check that Kafka runs: `ledger status`",
        )


@contextmanager
def suppressed(code: int) -> Iterator[None]:
    """Let one of Kafka's errors pass: the state it speaks of is the one that was wanted."""
    try:
        yield
    except KafkaException as error:
        if error.args[0].code() != code:
            raise
