"""The requests of people: who asked what, until when the controller has, how that went at each holder. Finds them in the states of all subjects.

A request is closed when its answer is there and nothing that it called for is open. Source: docs/duties.md section 2; docs/answers.md, "Requests";
GDPR Art. 12(3), 12(6), 15-22; Regulation 1182/71; MD-17, MD-21, SO-14.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.cursors import NUMBER_MAX, Place, page
from ledger.answers.due import obligation_answers
from ledger.answers.facts import Fact, facts_of
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_rights import ClockAnswer, Refusal, RequestLine, RequestsAnswer
from ledger.answers.shapes_subject import ObligationAnswer
from ledger.core.duty import UNCLOCKED
from ledger.core.judging.needs_of_requests import IDENTIFIED
from ledger.core.request_clock import clock_of, counting_at
from ledger.core.state import Evidence, Request

UNSETTLED = ("OPEN", "OVERDUE")
TOLD_ON: Final[dict[str, tuple[str, str | None]]] = {"RECTIFICATION": ("RECTIFY", None), "RESTRICTION": ("NOTIFY_RECIPIENT", "restriction")}
"""Right -> (kind, about) of what others must do once it is granted; they are asked by what was done, not by the request."""


SECOND: Final = 1_000_000
START: Final[Place] = (-NUMBER_MAX, b"")
"""Before all lines of a list by when something was asked or answered: (its moment or the negative of it, id of the line)."""


def requests(
    asking: Asking, controller: str | None, is_open: bool, is_refused: bool, limit: int, after: str | None = None
) -> RequestsAnswer:  # fmt: skip
    """List requests, the newest first. is_open: only those that are not closed, the oldest first. is_refused: only those refused, wholly or in
    part: by the outcome, or since the answer names what stays; the latest answer first. Both: those that are both, as the latter.

    Raises: CursorError.
    """
    with asking.snapshot() as seen:
        cursors = seen.cursors("requests", ("ni",), controller, is_open, is_refused)
        (place,) = cursors.read(after)
        found = [] if place is None else seen.store.requests(controller, is_open, is_refused, limit + 1, place or START)
        shown, goes_on = page([(row[8:10], (row[0], row[2], row[3], row[4])) for row in found], limit)
        lines = request_lines(seen, shown)
    return RequestsAnswer(
        controller=controller, is_open=is_open, is_refused=is_refused, requests=lines, more=goes_on is not None, next=cursors.write(goes_on),
        freshness=seen.freshness(),
    )  # fmt: skip


def request_lines(seen: Snapshot, wanted: Collection[tuple[bytes, str, str, str]]) -> tuple[RequestLine, ...]:
    """Some requests in full, in the order given. wanted: (subject id, controller, subject_ref, request_ref). Within the snapshot."""
    ids = {subject_id for subject_id, *_ in wanted}
    facts = facts_of(seen, ids, "RequestReceived", "RequestAnswered")
    tasks: dict[tuple[str, str], list[ObligationAnswer]] = {}
    for each in obligation_answers(seen, seen.store.obligations_of_subjects(ids)):
        tasks.setdefault((each.controller, each.subject_ref), []).append(each)
    lines = []
    for subject_id, controller, subject_ref, request_ref in wanted:
        about = [fact for fact in facts[subject_id] if fact.fields["request_ref"] == request_ref]
        lines.append(request_line(seen, controller, subject_ref, request_ref, about, tasks.get((controller, subject_ref), [])))
    return tuple(lines)


def request_line(
    seen: Snapshot, controller: str, subject_ref: str, request_ref: str, facts: list[Fact], obligations: Iterable[ObligationAnswer]
) -> RequestLine:
    """One request. facts: its receipts and answers, in order of happening; obligations: all of the person."""
    receipts = [fact for fact in facts if fact.type == "RequestReceived"]
    finals = [fact for fact in facts if fact.type == "RequestAnswered" and not is_extension(fact)]
    received, answer = (receipts[0] if receipts else None), (finals[-1] if finals else None)
    tasks = [each for each in obligations if each.request_ref == request_ref or _follows(each, received)]
    identified = next((fact for fact in receipts if fact.fields["identity_check"] in IDENTIFIED), None)
    answers = [task for task in tasks if task.kind == "ANSWER"]  # where it came to be known earlier, the old one stands beside the new
    duty = min(answers, key=lambda task: (task.state == "CANCELLED", -task.raised_offset, task.obligation_id), default=None)
    clock = _clock(seen, controller, facts, duty, answer)
    return RequestLine(
        controller=controller,
        subject_ref=subject_ref,
        request_ref=request_ref,
        right=received.fields["right"] if received else "UNKNOWN",
        state=_state(answer, clock, tasks),
        categories=terms("categories", sorted(received.fields["categories"])) if received else (),
        received_at=received.fields["occurred_at"] if received else None,
        identity=(identified or answer or received or facts[0]).fields["identity_check"] if facts else "UNKNOWN",
        identified_at=identified.fields["occurred_at"] if identified else None,
        outcome=answer.fields["outcome"] if answer else None,
        answered_at=answer.fields["occurred_at"] if answer else None,
        clock=clock,
        tasks=tuple(sorted(tasks, key=_order)),
        refusals=_refusals(answer),
        rests_on=tuple(fact.event for fact in facts),
    )


def _follows(obligation: ObligationAnswer, received: Fact | None) -> bool:
    """Whether it tells others of what a request brought about: of a correction or a restriction since (GDPR Art. 19)."""
    if received is None or obligation.due_at < received.fields["occurred_at"]:
        return False
    return (obligation.kind, obligation.about) == TOLD_ON.get(received.fields["right"])


def _order(task: ObligationAnswer) -> tuple[Any, ...]:
    """What is not settled first; then by holder and place."""
    where = (task.holder, task.store or "", task.purpose or (), task.ref or "")
    return (task.state not in UNSETTLED, *where, task.raised_offset, task.obligation_id)


def _state(answer: Fact | None, clock: ClockAnswer, tasks: Iterable[ObligationAnswer]) -> str:
    if answer is not None:
        return "UNSETTLED" if any(task.state in UNSETTLED for task in tasks) else "CLOSED"
    if clock.is_paused:
        return "PAUSED"
    return "OVERDUE" if clock.late_by_seconds else "OPEN"


def _clock(seen: Snapshot, controller: str, facts: Collection[Fact], duty: ObligationAnswer | None, answer: Fact | None) -> ClockAnswer:
    """When the controller must have answered. duty: the obligation to answer, whose date counts where there is one: holds may have moved it."""
    request = _request(facts)
    if request.received is None or (request.right in UNCLOCKED and duty is None):
        return ClockAnswer(due_at=None, is_paused=False, extended=None, late_by_seconds=0)
    clock = clock_of(request, counting_at(seen.register().rules, controller, request.received.at), seen.time_reached)
    if clock.is_paused:
        return ClockAnswer(due_at=None, is_paused=answer is None, extended=None, late_by_seconds=0)
    due_at = duty.overdue_at if duty is not None else clock.end
    extended = next((fact.event for fact in facts if clock.is_extended and is_extension(fact)), None)
    ended = answer.fields["occurred_at"] if answer else seen.time_reached
    return ClockAnswer(due_at=due_at, is_paused=False, extended=extended, late_by_seconds=max(0, ended - due_at) // SECOND)


def is_late(due_at: int, ended: int) -> bool:
    """Whether it took a whole second more, or takes, than there was."""
    return ended - due_at >= SECOND


def _request(facts: Iterable[Fact]) -> Request:
    """What the clock looks at: the earliest receipt, when it became known who asks, the earliest extension. facts: in order of happening."""
    request = Request()
    for fact in facts:
        evidence = Evidence(*fact.moment, fact.offset)
        if fact.type == "RequestReceived":
            if request.received is None:
                request.right, request.received, request.identity = fact.fields["right"], evidence, fact.fields["identity_check"]
            if request.identified is None and fact.fields["identity_check"] in IDENTIFIED:
                request.identified = evidence
        elif request.extended is None and is_extension(fact):
            request.extended = evidence
    return request


def is_extension(fact: Fact) -> bool:
    """Whether an answer says that it takes longer, and so ends nothing."""
    return fact.type == "RequestAnswered" and fact.fields["outcome"] == "EXTENDED"


def _refusals(answer: Fact | None) -> tuple[Refusal, ...]:
    return tuple(refusal_of(each) for each in (answer.fields["reasons"] if answer else ()))


def refusal_of(entry: Mapping[str, Any]) -> Refusal:
    """One entry of an answer's reasons."""
    return Refusal(
        holder=entry["holder"],
        store=entry["store"],
        purpose=None if entry["purpose"] is None else term("purposes", entry["purpose"]),
        ref=entry["ref"],
        reason=term("refusal_reasons", entry["reason"]),
        statute=entry["statute"],
        until=entry["until"],
    )
