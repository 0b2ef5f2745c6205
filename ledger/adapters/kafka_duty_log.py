"""Topic `obligations` as a member of a consumer group reads it: the port `DutyLog` on Kafka.

Two clients: one is the member; the other asks for ends and reads single records, and never waits behind a fetch of the first. Nothing is
committed but what `commit` is told, and the group's other members keep their partitions while one joins (KIP-429). Must never start
anywhere but at the committed offset: an offset that is gone is an error. confluent_kafka lives in adapters/kafka_*.py only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ledger.errors import DependencyError, OperatorError
from ledger.folding.ports import Assigned, Revoked, Told
from ledger.sdk.receipts import KafkaUnreachableError, NoLedgerError
from ledger.topics import OBLIGATIONS

REQUEST_SECONDS_MAX: Final = 10.0
_BATCH_RECORDS: Final = 1_000
_SILENCE_SECONDS_MAX: Final = 30.0
# The group or the topic cannot be used, however often one tries.
_FOR_GOOD: Final = {
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: "other members of this group are no services of a ledger: name another group",
    KafkaError.INVALID_GROUP_ID: "name another group",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "give this client READ on the group",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "give this client READ on the topic obligations",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "ledger up",
    KafkaError._UNKNOWN_PARTITION: "ledger up",
    KafkaError._AUTO_OFFSET_RESET: "the topic was made again or has lost records; name another group for the new ledger",
    KafkaError.OFFSET_METADATA_TOO_LARGE: "set offset.metadata.max.bytes of the broker to 4096, as it is by default",
    KafkaError._FENCED: "another process has taken this member's name: leave group.instance.id out",
    KafkaError.FENCED_INSTANCE_ID: "another process has taken this member's name: leave group.instance.id out",
}
# A commit that came too late: the partition is another member's already.
_NOT_OURS: Final = (
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._ASSIGNMENT_LOST,
    KafkaError._STATE,
)


class KafkaDutyLog:
    """See the port. client: how to reach the broker. handling_seconds_max: longest time between two polls, after which others take over."""

    def __init__(self, client: Mapping[str, Any], *, group: str, handling_seconds_max: float) -> None:
        own = {"group.id": group, "enable.auto.commit": False, "enable.auto.offset.store": False, "log_level": 0}
        member: dict[str, Any] = {
            "session.timeout.ms": 10_000,
            "partition.assignment.strategy": "cooperative-sticky",
            "fetch.wait.max.ms": 100,  # what is on the log is here soon: a cancellation should be seen before its obligation is handled
            "reconnect.backoff.max.ms": 1_000,
            **client,
            **own,
            "client.id": "ledger-obligations",
            "auto.offset.reset": "error",
            "max.poll.interval.ms": max(int(handling_seconds_max * 1000), int(client.get("session.timeout.ms", 10_000))),
            "error_cb": self._note,
        }
        self._last_error = "no answer"
        reader = {"reconnect.backoff.max.ms": 1_000, **_without_group(client), **own, "auto.offset.reset": "error", "error_cb": self._note}
        try:
            self._reader = Consumer(reader)
            self._member_config = member
        except KafkaException as error:
            raise KafkaUnreachableError("set up the Kafka client", str(error.args[0].name())) from None
        self._group = group
        self._member: Consumer | None = None
        self._partitions: list[int] = []
        self._events: list[Assigned | Revoked | Told] = []
        self._has_joined = False
        self._unassigned: DependencyError | None = None

    @property
    def has_joined(self) -> bool:
        return self._has_joined

    def poll(self, seconds: float) -> list[Assigned | Revoked | Told]:
        """As the port says."""
        member = self._join()
        try:
            first = member.poll(seconds)
            messages = [] if first is None else [first, *member.consume(_BATCH_RECORDS, timeout=0)]
        except KafkaException as error:
            raise self._failure("read obligations", error.args[0]) from None
        if self._unassigned is not None:
            self._leave()
        for message in messages:
            self._take(message)
        events, self._events = self._events, []
        return events

    def end(self, partition: int) -> int:
        """As the port says."""
        return self._bounds(partition)[1]

    def commit(self, partition: int, offset: int, metadata: str) -> bool:
        """As the port says."""
        if self._member is None:
            return False
        try:
            done = self._member.commit(offsets=[TopicPartition(OBLIGATIONS, partition, offset, metadata)], asynchronous=False)
            failed = next((each.error for each in done or () if each.error is not None), None)
        except KafkaException as error:
            failed = error.args[0]
        if failed is None:
            return True
        if failed.code() in _NOT_OURS:
            return False
        raise self._failure("commit how far obligations are done", failed)

    def committed(self) -> list[Assigned]:
        """As the port says."""
        wanted = [TopicPartition(OBLIGATIONS, number) for number in self._all_partitions()]
        return self._ask_committed(self._reader, wanted)

    def read(self, partition: int, first: int, end: int) -> Iterator[Told]:
        """As the port says."""
        if first >= end:
            return
        low, high = self._bounds(partition)
        if first < low or end > high:
            raise OperatorError(
                f"cannot read obligations-{partition} from {first} to {end}: it holds {low} to {high}",
                hint=_FOR_GOOD[KafkaError._AUTO_OFFSET_RESET],
            )
        self._reader.assign([TopicPartition(OBLIGATIONS, partition, first)])
        try:
            yield from self._read_assigned(partition, first, end)
        finally:
            self._reader.unassign()

    def close(self) -> None:
        """As the port says."""
        member, self._member = self._member, None
        if member is not None:
            member.close()
        self._reader.close()

    def _read_assigned(self, partition: int, first: int, end: int) -> Iterator[Told]:
        deadline = time.monotonic() + _SILENCE_SECONDS_MAX
        at = first
        while at < end:
            try:
                message = self._reader.poll(0.5)
            except KafkaException as error:
                raise self._failure(f"read obligations-{partition}", error.args[0]) from None
            if message is None:
                if time.monotonic() > deadline:
                    raise DependencyError(f"cannot read obligations-{partition}: no record for {_SILENCE_SECONDS_MAX:g} s", hint="ledger status")
                continue
            failed = message.error()
            if failed is not None:
                raise self._failure(f"read obligations-{partition}", failed)
            deadline = time.monotonic() + _SILENCE_SECONDS_MAX
            at = (message.offset() or 0) + 1
            if at <= end:
                yield Told(partition, at - 1, message.value())

    def _join(self) -> Consumer:
        if self._member is None:
            self._all_partitions()
            try:
                self._member = Consumer(self._member_config)
                self._member.subscribe([OBLIGATIONS], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke)
            except KafkaException as error:
                raise KafkaUnreachableError("set up the Kafka client", str(error.args[0].name())) from None
        return self._member

    def _all_partitions(self) -> list[int]:
        """The partitions of the topic. Raises: KafkaUnreachableError; NoLedgerError when there is no such topic."""
        if not self._partitions:
            try:
                found = self._reader.list_topics(timeout=REQUEST_SECONDS_MAX).topics.get(OBLIGATIONS)
            except KafkaException as error:
                self._reader.poll(0)
                cause = self._last_error if self._last_error != "no answer" else str(error.args[0].name())
                raise KafkaUnreachableError("read the topics", cause) from None
            if found is None or found.error is not None or not found.partitions:
                raise NoLedgerError(f"no ledger here: expected the topic {OBLIGATIONS}, got none of that name")
            self._partitions = sorted(found.partitions)
        return self._partitions

    def _bounds(self, partition: int) -> tuple[int, int]:
        try:
            return self._reader.get_watermark_offsets(TopicPartition(OBLIGATIONS, partition), timeout=REQUEST_SECONDS_MAX)
        except KafkaException as error:
            raise self._failure(f"read the end of obligations-{partition}", error.args[0]) from None

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._has_joined = True
        try:
            begun = self._ask_committed(consumer, partitions) if partitions else []
            starts = [self._bounds(each.partition)[0] if each.offset is None else each.offset for each in begun]
        except DependencyError as error:
            self._unassigned = error  # nobody will offer them again: `poll` leaves the group and says so, and the next one joins it anew
            return
        consumer.incremental_assign([TopicPartition(OBLIGATIONS, each.partition, offset) for each, offset in zip(begun, starts, strict=True)])
        self._events += begun

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._has_joined = False  # until the group has said what is ours now: none at all is not the same as nothing to do
        self._events += [Revoked(each.partition) for each in partitions]
        consumer.incremental_unassign(partitions)

    def _ask_committed(self, consumer: Consumer, partitions: list[TopicPartition]) -> list[Assigned]:
        try:
            found = consumer.committed(partitions, timeout=REQUEST_SECONDS_MAX)
        except KafkaException as error:
            raise self._failure(f"read how far group {self._group} has come", error.args[0]) from None
        for each in found:
            if each.error is not None:
                raise self._failure(f"read how far group {self._group} has come", each.error)
        return [Assigned(each.partition, None if each.offset < 0 else each.offset, each.metadata or "") for each in found]

    def _leave(self) -> None:
        error, self._unassigned = self._unassigned, None
        member, self._member = self._member, None
        if member is not None:
            held = [Revoked(each.partition) for each in member.assignment()]
            member.close()
            self._events = [*self._events, *held]
        self._has_joined = False
        raise error or DependencyError("cannot read obligations", hint="ledger status")

    def _take(self, message: Message) -> None:
        failed = message.error()
        if failed is None:
            self._events.append(Told(message.partition() or 0, message.offset() or 0, message.value()))
        elif failed.code() in _FOR_GOOD or failed.fatal():
            raise self._failure("read obligations", failed)
        # Others pass by themselves: the client goes on trying, and whoever asks for an end is told when Kafka is away.

    def _note(self, error: KafkaError) -> None:
        self._last_error = str(error.name())

    def _failure(self, doing: str, error: KafkaError) -> DependencyError | OperatorError:
        hint = _FOR_GOOD.get(error.code())
        if hint is not None:
            return OperatorError(f"cannot {doing}: {error.name()}", hint=hint)
        return DependencyError(f"cannot {doing}: Kafka did not answer ({error.name()})", hint="check that Kafka runs: `ledger status`")


def _without_group(client: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in client.items() if not name.startswith(("session.", "group.", "heartbeat."))}
