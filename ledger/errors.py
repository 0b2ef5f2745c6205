"""Every error the ledger raises on purpose, split by who must act.

Rules: a message is lower case without a full stop and says the operation, what was expected and what came; it never holds a value of an
event. `hint` is the remedy, shown on its own line. `exit_code` is what the CLI ends with.
"""

from __future__ import annotations


class LedgerError(Exception):
    """Base of all. Catch this to catch everything the ledger raises on purpose."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class CallerError(LedgerError):
    """The call was wrong: unknown option, bad argument, missing setting. Change the call. field: the argument, by its name in the API."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None, field: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class DataError(LedgerError):
    """The data was wrong: an event that breaks its contract, a file that does not parse, a check that failed. Change the data."""

    exit_code = 1


class DependencyError(LedgerError):
    """Kafka, PostgreSQL or the network did not answer. Nothing is wrong with the call; try again when it is back."""

    exit_code = 3


class RefusedError(LedgerError):
    """The ledger's own rules forbid it (a tick on a real ledger, a destructive verb without --yes)."""

    exit_code = 4


class OperatorError(LedgerError):
    """The installation is damaged or differs from what was recorded; a person must look before anything goes on."""

    exit_code = 1


class FencedError(OperatorError):
    """PostgreSQL expects another offset: another worker wrote this partition meanwhile, or the database was restored.

    Forget the state of this partition and start again where PostgreSQL says.
    """

    def __init__(self, topic: str, partition: int, expected: int, got: int) -> None:
        super().__init__(
            f"cannot write {topic}/{partition}: expected first offset {expected}, got {got}",
            hint="another worker took over or the database was restored; the worker starts again where PostgreSQL says",
        )
        self.expected = expected
        self.got = got
