"""A service acts on what it must do: `Obligations(...).run(handler)`, one call of the handler per obligation, one fact as its answer.

At least once: dying at any moment, an obligation is handled again rather than lost, so the handler must be idempotent. One that is met or
cancelled, as far as the log says it at that moment, is not handled. What keeps failing is put aside and the others go on. The contract, line
by line, each with its test: docs/acting.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from ledger import failpoints
from ledger.sdk.duty import Answer, Duty
from ledger.sdk.duty_errors import MissingAnswerError, WrongAnswerError
from ledger.sdk.emit import DEADLINE_SECONDS, Emitter
from ledger.sdk.holder_duties import HANDLING_SECONDS_MAX, HolderDuties, Parked
from ledger.sdk.receipts import Receipt
from ledger.sdk.validation import RefusedEventError

if TYPE_CHECKING:
    from ledger.sdk.acting import Acting, Step, Work

__all__ = ["Answer", "Duty", "Handler", "Obligations", "Parked"]

LISTEN_SECONDS: Final = 0.5

Handler = Callable[[Duty], Answer | None]
"""Does what the duty says and returns its answer, or None for the plain one. Raising means: not done, try again."""


class AnEmitter(Protocol):
    """What is needed of an emitter: `Emitter` in service, the recorder in tests."""

    def emit(self, type_name: str, *, subject: str | None = None, **fields: Any) -> Receipt: ...
    def ledger_time(self) -> int: ...
    def close(self) -> None: ...


class Obligations(HolderDuties):
    """The obligations of one holder, for one service. Use it as a context manager, or call `close()`.

    One thread runs it and asks it; `stop` and `unpark` may come from any.
    """

    def __init__(
        self,
        *,
        source: str,
        controller: str | None = None,
        holder: str | None = None,
        stores: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        group: str | None = None,
        bootstrap_servers: str | None = None,
        actor: str | None = None,
        attempts: int = 10,
        retry_seconds: float = 1.0,
        retry_seconds_max: float = 300.0,
        outage_seconds: float = 60.0,
        handling_seconds_max: float = HANDLING_SECONDS_MAX,
        deadline_seconds: float = DEADLINE_SECONDS,
        on_step: Callable[[Step], None] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing is asked of the broker before `run` or a question.

        source, actor: as in the service's other events. controller, holder: whose obligations; by default those of all controllers, and the
        controller itself as holder; one of the two is needed. stores, kinds: these only; by default all, also those without a store. group:
        the consumer group; by default made of source and selection. attempts: of one obligation before it is parked; between them
        1, 2, 4, ... times retry_seconds, at most retry_seconds_max. outage_seconds: how long Kafka may be away before it is an error.
        handling_seconds_max: a handler that takes longer loses its partition, and another member handles the obligation again. on_step: called
        with what became of each. bootstrap_servers, deadline_seconds, config: as `Emitter`.

        Raises:
            CallerError: neither controller nor holder, an unknown kind, or numbers that make no sense.
            RefusedEventError: a name is no identifier.
        """
        super().__init__(
            source=source,
            controller=controller,
            holder=holder,
            stores=stores,
            kinds=kinds,
            group=group,
            bootstrap_servers=bootstrap_servers,
            attempts=attempts,
            retry_seconds=retry_seconds,
            retry_seconds_max=retry_seconds_max,
            outage_seconds=outage_seconds,
            handling_seconds_max=handling_seconds_max,
            on_step=on_step,
            config=config,
        )
        self._emitter = self._make_emitter(actor, deadline_seconds)

    def run(self, handler: Handler, *, once: bool = False) -> None:
        """Handle obligations until `stop`; with once, until nothing is open but what is parked.

        Raises:
            GroupInUseError, NoLedgerError, OperatorError: a person must act first.
            DependencyError: Kafka was away for longer than outage_seconds. What was handled but not reported is handled again by the next run.
        """
        acting = self._engine()
        while not acting.stopping.is_set():
            work = acting.next()
            if work is not None:
                self._handle(acting, work, handler)
                continue
            acting.commit_now_and_then()
            if once and acting.is_idle():
                break
            acting.listen(acting.pause_seconds(LISTEN_SECONDS))
        acting.commit()

    def open(self) -> list[Duty]:
        """What the group would handle now. Joins nothing, changes nothing."""
        return self._list_open()

    def parked(self) -> list[Parked]:
        """What the group has put aside, on whatever machine: (obligation, name of the exception's type)."""
        return self._list_parked()

    def retry(self, obligation_id: str, handler: Handler) -> Receipt:
        """Handle one obligation now, parked or open, beside members that run; once, and what the handler raises is raised.

        One that the group has answered and that is open all the same gets an answer of its own: something newer has come since.

        Raises:
            NoSuchDutyError: no open obligation of this selection has that id.
        """
        duty, is_passed = self._find(obligation_id)
        started = self._emitter.ledger_time()
        given = handler(duty)
        return self._emitter.emit(**self._fact(duty, given, started, self._emitter.ledger_time(), is_new=is_passed))

    def close(self) -> None:
        """Leave the group and let go of the broker. Safe to repeat."""
        try:
            self._let_go()
        finally:
            self._emitter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.close()
        except Exception as fault:
            if error is None:
                raise
            error.add_note(f"and at the end: {fault}")

    def _make_emitter(self, actor: str | None, deadline_seconds: float) -> AnEmitter:
        return Emitter(
            source=self.source, actor=actor, bootstrap_servers=self._bootstrap_servers, deadline_seconds=deadline_seconds, config=self._config
        )

    def _handle(self, acting: Acting, work: Work, handler: Handler) -> None:
        now = self._emitter.ledger_time
        try:
            started = acting.through_outage(now)
            try:
                given = handler(work.duty)
            except Exception as error:
                acting.failed(work, error)
                return
            ended = acting.through_outage(now)
            failpoints.pass_by("act_before_answer")
            try:
                fact = self._fact(work.duty, given, started, ended)
                receipt = acting.through_outage(lambda: self._emitter.emit(**fact))
            except (MissingAnswerError, WrongAnswerError, RefusedEventError) as error:
                acting.failed(work, error)
                return
        except BaseException:
            acting.put_back(work)
            raise
        acting.answered(work, receipt)
