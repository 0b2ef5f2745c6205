"""What `Obligations` and `AsyncObligations` have in common: the parameters, what can be asked without running, and the fact that answers.

Must never join the group for a question. Contract: docs/acting.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from ledger.errors import CallerError
from ledger.folding.ports import DutyLog
from ledger.sdk.acting import Acting, Step
from ledger.sdk.duty import EPOCH, Answer, Duty
from ledger.sdk.duty_errors import NoSuchDutyError, WrongAnswerError
from ledger.sdk.duty_selection import patience, select
from ledger.sdk.duty_survey import fold_from_start, listed, survey
from ledger.sdk.event_ids import answer_id, id_bytes, id_text
from ledger.sdk.open_duties import OpenDuties

HANDLING_SECONDS_MAX: Final = 300.0

Parked = tuple[Duty, str]
"""(obligation, name of the type of the last exception)."""


class HolderDuties:
    """See `Obligations` for the parameters."""

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
        attempts: int = 10,
        retry_seconds: float = 1.0,
        retry_seconds_max: float = 300.0,
        outage_seconds: float = 60.0,
        handling_seconds_max: float = HANDLING_SECONDS_MAX,
        on_step: Callable[[Step], None] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self._selection = select(controller, holder, stores, kinds)
        self._patience = patience(attempts, retry_seconds, retry_seconds_max, outage_seconds)
        self.source = source
        self.group = group or f"{source}-{self._selection.wanted[:8]}"
        self._on_step, self._handling_seconds_max = on_step, handling_seconds_max
        self._bootstrap_servers, self._config = bootstrap_servers, dict(config or {})
        self.read_up_to: dict[int, int] = {}  # by `open` and `parked`: partition of obligations -> next offset
        self._log: DutyLog | None = None
        self._acting: Acting | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """Let `run` return after what is under way. From any thread, or a signal handler."""
        self._is_stopped = True
        if self._acting is not None:
            self._acting.stopping.set()

    def unpark(self, *obligation_ids: str) -> None:
        """Let parked ones be tried again by this object's `run`. They stay noted as parked until they are answered. From any thread."""
        self._engine().unpark(*map(_id_of, obligation_ids))

    def counts(self) -> dict[str, int]:
        """For metrics: `open` and `parked` in this member's partitions, `settled` by the log before their turn, `unreadable` records."""
        return self._engine().counts()

    def _open_log(self) -> DutyLog:
        if self._log is None:
            self._log = self._make_log()
        return self._log

    def _make_log(self) -> DutyLog:
        from ledger.adapters.kafka_duty_log import KafkaDutyLog

        return KafkaDutyLog(self._client_config(), group=self.group, handling_seconds_max=self._handling_seconds_max)

    def _client_config(self) -> dict[str, Any]:
        if self._bootstrap_servers is not None:
            return {"bootstrap.servers": self._bootstrap_servers, **self._config}
        from ledger.settings import load_settings

        return {**load_settings().kafka_client_config(), **self._config}

    def _engine(self) -> Acting:
        if self._acting is None:
            self._acting = self._make_engine()
            if self._is_stopped:
                self._acting.stopping.set()
        return self._acting

    def _make_engine(self) -> Acting:
        return Acting(self._open_log(), self._selection, self._patience, group=self.group, on_step=self._on_step)

    def _let_go(self) -> None:
        log, self._log, self._acting = self._log, None, None
        if log is not None:
            log.close()

    def _list_open(self) -> list[Duty]:
        return [duty for duties in self._survey() for duty, _ in listed(duties, self._open_log(), duties.open.values())]

    def _list_parked(self) -> list[Parked]:
        found = [each for duties in self._survey() for each in listed(duties, self._open_log(), duties.parked.values())]
        return [(duty, name or "") for duty, name in found]

    def _survey(self) -> Iterator[OpenDuties]:
        for duties in survey(self._open_log(), self._selection, self.group):
            self.read_up_to[duties.partition] = duties.next_offset
            yield duties

    def _find(self, obligation_id: str) -> tuple[Duty, bool]:
        """The open or parked obligation of this id, and whether the group has passed it as answered. Raises: NoSuchDutyError."""
        wanted, log = _id_of(obligation_id), self._open_log()
        for is_passed, folded in ((False, survey(log, self._selection, self.group)), (True, fold_from_start(log, self._selection))):
            for duties in folded:
                entry = duties.find(wanted)
                if entry is not None:
                    return next(iter(listed(duties, log, [entry])))[0], is_passed
        raise NoSuchDutyError(id_text(wanted))

    def _fact(self, duty: Duty, given: Answer | None, started: int, ended: int, *, is_new: bool = False) -> dict[str, Any]:
        """What `emit` is called with for the answer of a handler that has returned. started, ended: ledger time, microseconds.

        is_new: under an id of its own. Raises: MissingAnswerError, WrongAnswerError.
        """
        answer = duty.done() if given is None else given
        if not isinstance(answer, Answer) or answer.obligation_id != duty.obligation_id:
            raise WrongAnswerError(f"cannot answer {duty.kind}: expected nothing or an answer of this duty, got something else")
        raised = (duty.raised_at - EPOCH) // timedelta(microseconds=1)
        at = max(raised, started if answer.as_of_start else ended)
        fact: dict[str, Any] = {"controller": duty.controller, "occurred_at": at, **answer.fields}
        if answer.type_name == "AuthorityNotified":
            fact.setdefault("notified_at", at)
        if not is_new:
            fact["event_id"] = answer_id(self.source, id_bytes(duty.obligation_id), answer.type_name, raised)
        return fact | {"type_name": answer.type_name, "subject": answer.subject}


def _id_of(obligation_id: str) -> bytes:
    try:
        return id_bytes(obligation_id)
    except ValueError:
        hint = "`ledger act --parked` lists ids"
        raise CallerError("cannot look for an obligation: expected its id as a UUID, got something else", hint=hint) from None
