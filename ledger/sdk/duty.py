"""One obligation as the service of its holder sees it, and the facts that answer it.

Each kind has its answer; the answer names exactly what the obligation names. Pure: nothing is emitted here. Must never hold a personal
value: an obligation has none. Source: docs/acting.md, schemas/obligation_raised; GDPR Art. 5(1)(e), 12, 16, 17, 19, 20, 33, 34.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledger.contract.json_form import instant_to_text
from ledger.core.ids import REGISTER_REF
from ledger.sdk.duty_errors import MissingAnswerError, WrongAnswerError
from ledger.sdk.event_ids import id_text

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOTICES: Final = ("NOTIFY_SUBJECT", "NOTIFY_RECIPIENT")
KINDS: Final = ("ERASE", "RECTIFY", "NOTIFY_SUBJECT", "NOTIFY_RECIPIENT", "NOTIFY_AUTHORITY", "ANSWER", "EXPORT_FIRST", "END_SERVICE")
_FINAL_OUTCOMES: Final = ("FULFILLED", "PARTLY", "REFUSED")


@dataclass(frozen=True, slots=True)
class Answer:
    """A fact to be emitted: what was done about one obligation. Made by the methods of `Duty`.

    as_of_start: it happened as of the moment at which the handler began; else as of its end.
    """

    obligation_id: str
    type_name: str
    subject: str | None
    fields: Mapping[str, Any]
    as_of_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one holder must do. Optional parts are None as in the schema: no store, no ref.

    obligation_id: UUID text. Times are aware, UTC. is_overdue: the ledger has said that it is late. attempt: 1 at the first time.
    about: what a notice is about (code list notice_subjects), when the obligation says so. request_ref: the request that it comes from.
    """

    obligation_id: str
    kind: str
    controller: str
    subject_ref: str
    holder: str
    store: str | None
    purpose: str | None
    ref: str | None
    received_from: str | None
    categories: tuple[str, ...]
    rule: str
    raised_at: datetime
    due_at: datetime
    overdue_at: datetime
    about: str | None = None
    request_ref: str | None = None
    is_overdue: bool = False
    attempt: int = 1

    @property
    def is_controllers_own(self) -> bool:
        """Whether it is about the controller alone, not one subject: a register event answers it (docs/duties.md section 7)."""
        return self.subject_ref == REGISTER_REF

    def erased(self, *, certificate_ref: str | None = None, act: str = "ERASED") -> Answer:
        """The data is gone. act: ERASED, ANONYMISED, RETURNED or KEY_DESTROYED. certificate_ref: your own number for the deletion."""
        fields: dict[str, Any] = {"act": act, "because_of": "OBLIGATION", "obligation_id": self.obligation_id, "certificate_ref": certificate_ref}
        fields["request_ref"] = self.request_ref
        what = {"by": self.holder, "store": self.store, "categories": self.categories, "purposes": self._purposes(), "ref": self.ref}
        return self._answer(("ERASE",), "DataErased", what | fields, as_of_start=True)

    def rectified(self) -> Answer:
        """The data is correct now."""
        fields = {"by": self.holder, "categories": self.categories, "because_of": self.obligation_id, "ref": self.ref}
        return self._answer(("RECTIFY",), "DataRectified", fields, as_of_start=True)

    def notified(self, *, about: str | None = None, method: str | None = None) -> Answer:
        """The subject, or the recipient that the obligation names, was told. about: needed when the obligation does not say it.

        Raises: MissingAnswerError when neither says what the notice was about.
        """
        about = about or self.about
        if about is None and self.kind in NOTICES:
            raise MissingAnswerError(self.kind, "duty.notified(about='breach')")
        to = "subject" if self.kind == "NOTIFY_SUBJECT" else self.ref
        return self._answer(NOTICES, "NoticeGiven", {"to": to, "about": about, "ref": self.ref, "method": method})

    def answered(
        self, outcome: str, *, identity_check: str | None = None, reasons: Sequence[Mapping[str, Any]] | None = None
    ) -> Answer:
        """The request got its final answer: FULFILLED, PARTLY or REFUSED; reasons: one for each holding that stays.

        Meets ANSWER and EXPORT_FIRST, whose `ref` is the request. An extension answers nothing: emit it as `request_answered`.
        """
        if outcome not in _FINAL_OUTCOMES:
            raise WrongAnswerError(f"cannot answer {self.kind}: expected a final outcome, one of {', '.join(_FINAL_OUTCOMES)}")
        fields = {"request_ref": self.ref, "outcome": outcome, "identity_check": identity_check, "reasons": reasons}
        return self._answer(("ANSWER", "EXPORT_FIRST"), "RequestAnswered", fields)

    def statement_given(self, *, method: str | None = None) -> Answer:
        """The processor statement that was asked of the controller was given (WH-13)."""
        return self._answer(("ANSWER",), "StatementGiven", {"statement_ref": self.ref, "method": method})

    def authority_notified(self, authority: str, *, notified_at: datetime | str | None = None) -> Answer:
        """The authority was told of the breach (GDPR Art. 33). notified_at: when the handler ended, unless given."""
        return self._answer(("NOTIFY_AUTHORITY",), "AuthorityNotified", {"breach_ref": self.ref, "authority": authority, "notified_at": notified_at})

    def service_ended(self) -> Answer:
        """The service has ended, and what it needed can go."""
        return self._answer(("END_SERVICE",), "MilestoneReached", {"kind": "SERVICE_ENDED", "ref": self.ref})

    def done(self, **details: Any) -> Answer:
        """The answer of this kind. details: what the method for that kind takes; without any, what a handler that returns nothing has said.

        Raises: MissingAnswerError when more must be said: nothing is reported that the handler has not. WrongAnswerError for unknown details.
        """
        own = self.is_controllers_own
        method, needed = _METHODS.get(("STATEMENT" if own and self.kind == "ANSWER" else self.kind), ("", ()))
        if not method or any(name not in details for name in needed):
            raise MissingAnswerError(self.kind, f"duty.{method}({', '.join(f'{name}=...' for name in needed)})" if method else "one of its answers")
        try:
            made: Answer = getattr(self, method)(**details)
        except TypeError:
            raise WrongAnswerError(f"cannot answer {self.kind}: expected only details that `Duty.{method}` takes, got another") from None
        return made

    def as_json(self) -> dict[str, Any]:
        """Everything there is, as one flat object: times RFC 3339, ids UUID text. What `ledger act` hands to a command."""
        names = ("obligation_id", "kind", "controller", "subject_ref", "holder", "store", "purpose", "ref", "received_from")
        times = ("raised_at", "due_at", "overdue_at")
        shown: dict[str, Any] = {name: getattr(self, name) for name in names}
        shown |= {"categories": list(self.categories), "about": self.about, "request_ref": self.request_ref, "rule": self.rule}
        shown |= {name: instant_to_text((getattr(self, name) - EPOCH) // timedelta(microseconds=1)) for name in times}
        return shown | {"is_overdue": self.is_overdue, "attempt": self.attempt}

    def _purposes(self) -> tuple[str, ...]:
        return () if self.purpose is None else (self.purpose,)

    def _answer(self, kinds: tuple[str, ...], type_name: str, fields: dict[str, Any], *, as_of_start: bool = False) -> Answer:
        own = self.is_controllers_own
        if self.kind not in kinds or own != (type_name in ("StatementGiven", "AuthorityNotified")):
            raise WrongAnswerError(f"cannot answer {self.kind} with {type_name}: it answers {' and '.join(kinds)}")
        given = {name: value for name, value in fields.items() if value is not None and value != ()}
        return Answer(self.obligation_id, type_name, None if own else self.subject_ref, given, as_of_start)


#: kind -> (method that answers it, details that it cannot do without)
_METHODS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "ERASE": ("erased", ()),
    "RECTIFY": ("rectified", ()),
    "NOTIFY_SUBJECT": ("notified", ()),
    "NOTIFY_RECIPIENT": ("notified", ()),
    "NOTIFY_AUTHORITY": ("authority_notified", ("authority",)),
    "ANSWER": ("answered", ("outcome",)),
    "STATEMENT": ("statement_given", ()),
    "EXPORT_FIRST": ("answered", ("outcome",)),
    "END_SERVICE": ("service_ended", ()),
}


def duty_of(fields: Mapping[str, Any], *, is_overdue: bool = False, attempt: int = 1) -> Duty:
    """Make it from the decoded fields of an `ObligationRaised`."""
    return Duty(
        obligation_id=id_text(fields["obligation_id"]),
        kind=fields["kind"],
        controller=fields["controller"],
        subject_ref=fields["subject_ref"],
        holder=fields["holder"],
        store=fields["store"],
        purpose=fields["purpose"],
        ref=fields["ref"],
        received_from=fields["received_from"],
        categories=tuple(fields["categories"]),
        rule=fields["rule"],
        raised_at=_moment(fields["occurred_at"]),
        due_at=_moment(fields["due_at"]),
        overdue_at=_moment(fields["overdue_at"]),
        about=fields["about"],
        request_ref=fields["request_ref"],
        is_overdue=is_overdue,
        attempt=attempt,
    )


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
