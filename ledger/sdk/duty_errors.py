"""What can go wrong between a service and its obligations, beside Kafka. Must never hold a value of an event."""

from __future__ import annotations

from ledger.errors import CallerError, DataError, OperatorError


class MissingAnswerError(DataError):
    """The handler returned nothing for a kind whose answer it alone can know. Return an answer of the duty."""

    def __init__(self, kind: str, example: str) -> None:
        super().__init__(f"cannot answer {kind}: expected the handler to say what it did, got nothing", hint=f"return {example}")


class WrongAnswerError(CallerError):
    """The answer does not belong to this kind of obligation, or not to this obligation. Change the handler."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="docs/acting.md says which answer belongs to which kind")


class GroupInUseError(CallerError):
    """The consumer group is another service's, or the same one's for other obligations. Give each its own."""

    def __init__(self, group: str, why: str) -> None:
        super().__init__(f"cannot act as group {group}: {why}", hint="name another group: it starts at the beginning, and what is met is passed over")


class NoSuchDutyError(CallerError):
    """No open obligation of this id is ours: settled, another holder's, or never raised."""

    def __init__(self, obligation_id: str) -> None:
        super().__init__(
            f"cannot try obligation {obligation_id} again: expected an open one of this holder, got none of that id",
            hint="`ledger act --parked` and `ledger act --dry-run` list those that are open",
        )


class NewerLedgerError(OperatorError):
    """An obligation is written in a schema that this version does not know. Passing it over would lose it."""

    def __init__(self, partition: int, offset: int) -> None:
        super().__init__(
            f"cannot read obligations-{partition} at offset {offset}: expected a known schema, got a newer one",
            hint="upgrade privacy-ledger in this service; nothing is lost meanwhile",
        )


class LogChangedError(OperatorError):
    """The topic ends before the place this group has reached: it was made again."""

    def __init__(self, partition: int, offset: int, end: int) -> None:
        super().__init__(
            f"cannot go on in obligations-{partition} at offset {offset}: it ends at {end}",
            hint="the topic was made again; name another group for the new ledger",
        )
