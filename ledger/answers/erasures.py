"""A certificate of erasure: what was erased of a subject, who says so, because of what, and what was left and why. Read-only.

There is none of what somebody still owes: the error then says what is missing and who owes it. Must never judge: dates, verdicts and refusals are the
fold's. Source: docs/evidence.md section 12; GDPR Art. 5(2), 17, 19.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ledger.answers.answering import Answering
from ledger.answers.asking import Asking, Snapshot
from ledger.answers.cursors import page
from ledger.answers.due import START, obligation_answers
from ledger.answers.erasure_parts import Outcomes, because_of, erased_lines, left_lines, uncalled_lines
from ledger.answers.facts import facts_of
from ledger.answers.one_subject import known_now, named_by
from ledger.answers.shapes_erasure import CertificateAnswer, Forgotten
from ledger.answers.shapes_lists import ObligationsAnswer
from ledger.answers.shapes_subject import HoldingAnswer, Step
from ledger.core.as_of import Known
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.state import Obligation
from ledger.errors import CallerError, DataError
from ledger.folding.ports import Places

UNSETTLED = ("OPEN", "OVERDUE")
BEFORE_ERASING = ("ERASE", "END_SERVICE", "EXPORT_FIRST")
NAMED_MAX = 5
OutcomeOffset = Callable[[str, int, int, bytes, bytes], int]
"""(topic, partition, offset in `facts` of the record that gave it, subject id, event id) -> its offset there. Raises: DataError, not sealed."""

_EPOCH: Final = re.compile(r"epoch-(\d{1,18})")
"""As a destruction names the epoch that the key was under: ledger/vault/shapes.py, `epoch_name`."""


class Asked(NamedTuple):
    """Of what: an obligation; a request of a controller; or a subject of a controller, with or without a request."""

    obligation_id: bytes | None = None
    controller: str | None = None
    subject_ref: str | None = None
    request_ref: str | None = None


def certificate(asking: Asking, asked: Asked, outcome_offset: OutcomeOffset) -> CertificateAnswer:
    """The certificate of what was asked.

    Raises:
        DataError: nothing is known of it, nothing was erased, or an acknowledgement is missing.
        CallerError: a request reference that several people have.
    """
    with asking.snapshot() as seen:
        controller, subject_ref = _whom(seen, asked)
        wanted, partition = subject_id(controller, subject_ref), partition_of_subject(controller, subject_ref, seen.partitions)
        known = known_now(seen, controller, subject_ref, partition)
        if not known.facts:
            raise DataError("cannot certify: nothing is known of that subject", hint="ledger subject show")
        facts = facts_of(seen, [wanted], "DataErased", "RequestReceived", "RequestAnswered")[wanted]
        found = _in_scope(known, asked)
        _require_done(found)
        answering = Answering(known.subject, partition, known.rules, seen.time_of(partition), seen.store.offsets(partition, named_by(known)))
        register = seen.register(partition)
        outcomes = Outcomes(partition, wanted, seen.store.violations(wanted), outcome_offset)
        done = [each for each in found if each.kind == "ERASE" and each.state == "MET"]
        erasures = list(erased_lines(known.subject, register, answering, facts, outcomes, done))
        if asked.obligation_id is None and asked.request_ref is None:
            erasures += uncalled_lines(known.subject, answering, facts, done, because_of(register, known.subject, answering, facts))
        forgotten = _forgotten(seen, partition, known.subject.subject_id, controller, answering)
        if not erasures and (forgotten is None or asked.obligation_id is not None or asked.request_ref is not None):
            raise DataError("cannot certify: nothing of it was erased", hint=_why_nothing(found))
        left = left_lines(known, answering, facts, seen.time_of(partition), asked.request_ref)
    return CertificateAnswer(
        certificate="erasure",
        controller=controller,
        subject_ref=subject_ref,
        obligation_id=asked.obligation_id,
        request_ref=asked.request_ref,
        time_reached=seen.time_of(partition),
        erasures=tuple(sorted(erasures, key=lambda each: (each.erased_at, each.holder, repr((each.store, each.purpose, each.ref))))),
        left=left if asked.obligation_id is None else tuple(each for each in left if _is_of(each.holding, done)),
        forgotten=forgotten,
        freshness=seen.freshness(only=partition),
    )


def erasures_met(asking: Asking, controller: str | None, within: Places | None, limit: int, after: str | None = None) -> ObligationsAnswer:
    """Obligations to erase that were met, the latest first: each has a certificate. within: by facts at these places; None: anywhere.

    Raises: CursorError.
    """
    with asking.snapshot() as seen:
        cursors = seen.cursors("erasures met", ("ti",), controller, None if within is None else sorted(within.items()))
        (place,) = cursors.read(after)
        found = [] if place is None else seen.store.erasures_met(controller, within, limit + 1, place or START)
        shown, goes_on = page([((-row[20], row[0]), row) for row in found], limit)
        answers = obligation_answers(seen, shown)
    return ObligationsAnswer(
        controller=controller, obligations=answers, more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness()
    )


def _whom(seen: Snapshot, asked: Asked) -> tuple[str, str]:
    if asked.obligation_id is not None:
        row = seen.store.obligation_with_id(asked.obligation_id)
        if row is None:
            raise DataError("cannot certify: no obligation has that id", hint="ledger obligations --state met --json")
        return row[3], row[4]
    assert asked.controller is not None, "the command asks for it"  # noqa: S101
    if asked.subject_ref is not None:
        return asked.controller, asked.subject_ref
    people = seen.store.people_of_request(asked.controller, asked.request_ref or "")
    if len(people) != 1:
        count = "nobody" if not people else f"{len(people)} people"
        what = f"cannot certify the request: expected one person who made it, got {count}"
        hint = "add --subject REF" if people else "ledger report requests -c CONTROLLER"
        raise CallerError(what, hint=hint) if people else DataError(what, hint=hint)
    return asked.controller, people[0]


def _in_scope(known: Known, asked: Asked) -> list[Obligation]:
    """What has to be settled before anything is certified, and what was."""
    all_of_it = list(known.obligations.values())
    if asked.obligation_id is not None:
        found = known.obligations[asked.obligation_id]
        if found.kind != "ERASE":
            raise DataError(f"cannot certify: expected an obligation to erase, got {found.kind}", hint="ledger obligations --state met --json")
        return [found]
    if asked.request_ref is not None:
        return [each for each in all_of_it if each.request_ref == asked.request_ref]
    return [each for each in all_of_it if each.kind in BEFORE_ERASING]


def _require_done(found: Sequence[Obligation]) -> None:
    missing = sorted((each for each in found if each.state in UNSETTLED), key=lambda each: (each.due_at, each.obligation_id))
    if missing:
        owed = "; ".join(_owed(each) for each in missing[:NAMED_MAX])
        more = f"; and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
        raise DataError(
            f"cannot certify: not acknowledged yet: {owed}{more}",
            hint="whoever is named does it and says so (`ledger obligations`); of what is done: ledger audit certificate OBLIGATION",
        )


def _owed(of: Obligation) -> str:
    place = "".join(f", {name} {value}" for name, value in zip(("store", "purpose", "ref"), of.holding[1:4], strict=True) if value is not None)
    return f"{of.kind} by {of.holding[0]} ({of.state}{place}, obligation {of.obligation_id.hex()})"


def _why_nothing(found: Iterable[Obligation]) -> str:
    reasons = sorted({each.reason or "" for each in found if each.state == "CANCELLED"})
    return f"what was called for was cancelled: {', '.join(reasons)}" if reasons else "nothing was called for: ledger report requests, ledger due"


def _is_of(holding: HoldingAnswer, done: Iterable[Obligation]) -> bool:
    place = (holding.holder, holding.store, holding.purpose.term, holding.ref)
    return any(each.holding[:4] == place for each in done)


def _forgotten(seen: Snapshot, partition: int, wanted: bytes, controller: str, answering: Answering) -> Forgotten | None:
    """When the key was destroyed, and the first end of the epoch that it was under, or of a later one: from then on no backup opens it.

    The end of an epoch is often told late, so neither its time nor its place says anything (docs/vault.md section 6). Where the destruction does not
    say its epoch, it was at most the second one after those that had ended on the log.
    """
    destroyed = answering.key_destroyed()
    if destroyed is None:
        return None
    register = seen.register(partition).told
    told = [(offset, fields) for offset, kind, fields in register if kind == "KeyEpochEnded" and fields["controller"] == controller]
    fact = next(each for each in facts_of(seen, {wanted}, "KeyDestroyed")[wanted] if each.fields["event_id"] == destroyed.event.event_id)
    named = _EPOCH.fullmatch(fact.fields["correlation_id"] or "")
    least = int(named[1]) if named else max((fields["epoch"] for offset, fields in told if offset < fact.offset), default=-1) + 2
    ends = [(fields["occurred_at"], offset, fields) for offset, fields in told if fields["epoch"] >= least]
    if not ends:
        return Forgotten(key_destroyed=destroyed, epoch=None, epoch_ended=None)
    at, offset, fields = min(ends, key=lambda each: each[:2])
    step = Step(state="ENDED", at=at, event=answering.event(fields["event_id"], offset))
    return Forgotten(key_destroyed=destroyed, epoch=fields["epoch"], epoch_ended=step)
