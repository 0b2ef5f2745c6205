"""What is known of one subject: now, as it was on a moment, or as it was known at a place on the log. Read-only.

Now comes from its rows: a few look-ups in indexes. As it was comes from its own history, folded again. Source: docs/answers.md sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.answers.answering import Answering
from ledger.answers.asking import EVER, Asking, Snapshot, Told
from ledger.answers.facts import Fact, all_facts
from ledger.answers.shapes import Freshness
from ledger.answers.shapes_subject import SubjectAnswer, ViolationAnswer
from ledger.answers.store import AnswerStore
from ledger.answers.violations import violation
from ledger.answers.visible import Shown, is_officer, own_copy, shown_to
from ledger.contract import codec
from ledger.core import rows
from ledger.core.as_of import Known, fold_until, is_so
from ledger.core.delta import Row
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.rules import Rules
from ledger.errors import CallerError


class Position(NamedTuple):
    """A place on the log, itself included. partition None: the subject's own."""

    partition: int | None
    offset: int


class RecordedBy(NamedTuple):
    """Where the log was at that time by the broker's clock, in microseconds: what was recorded later is left out."""

    at: int


KnownAt = Position | RecordedBy


def one_subject(
    asking: Asking, controller: str, subject_ref: str, on: int | None, known_at: KnownAt | None, audience: str = "officer"
) -> SubjectAnswer:
    """Say all that is known of a subject: now, or as it was on a moment (`on`), or as it was known at a place on the log (`known_at`), or both.

    on: microseconds since 1970; facts that happened later, and ticks that reached a later time, are left out. audience: for the subject, without what
    an order keeps from them now, whichever moment is asked about, and without what is for officers (visible.py).

    Raises:
        CallerError: the position is in another partition, or not folded yet; an unknown audience.
        DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
    """
    with asking.snapshot(controller, subject_ref) as seen:
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        shown = None if is_officer(audience) else visible(seen, controller, subject_ref, partition, audience)
        if on is None and known_at is None and shown is not None and not shown.is_whole:
            known = folded_from(seen, controller, subject_ref, partition, shown.facts)
            time, violations, place = seen.time_of(partition), None, None
        elif on is None and known_at is None:
            known, broken = _known_now(seen, controller, subject_ref, partition)
            time, violations, place = seen.time_of(partition), _violations(seen, broken, partition), None
        else:
            before = before_of(seen, known_at, partition)
            known = _as_of(seen, controller, subject_ref, partition, on, before, shown)
            time, violations, place = known.time_reached, None, None if known_at is None else f"{partition}:{before - 1}"
        offsets = seen.store.offsets(partition, named_by(known))
        freshness = seen.freshness(only=partition)
    answer = answer_of(known, partition, offsets, freshness, time, on=on, known_at=place, violations=violations)
    return answer if shown is None else own_copy(answer)


def visible(seen: Snapshot, controller: str, subject_ref: str, partition: int, audience: str) -> Shown:
    """The facts of a person that an audience may see. Within the snapshot."""
    facts = all_facts(seen, controller, subject_ref, partition)
    return shown_to(audience, controller, facts, seen.time_of(partition), seen.barred)


def folded_from(seen: Snapshot, controller: str, subject_ref: str, partition: int, facts: Iterable[Fact]) -> Known:
    """The subject as these facts alone make it, up to where the partition is folded."""
    before = before_of(seen, None, partition)
    told = [(fact.offset, fact.type, fact.fields) for fact in facts]
    return folded_again(seen.store, controller, subject_ref, partition, told, copies_before(seen.store, partition, before), before)


def named_by(known: Known) -> set[bytes]:
    """The ids of the events that obligations and violations name by id alone."""
    found = [outcome.fields["rests_on"] for _, outcome in known.outcomes if outcome.type == "ViolationFound"]
    return {event_id for ids in (*(o.rests_on for o in known.obligations.values()), *found) for event_id in ids}


def answer_of(
    known: Known, partition: int, offsets: Mapping[bytes, int], freshness: Freshness, time: int, *, on: int | None = None,
    known_at: str | None = None, violations: tuple[ViolationAnswer, ...] | None = None,
) -> SubjectAnswer:  # fmt: skip
    """What is known of a subject, as an answer. offsets: of the events that it names by id. violations: None: those that the folding found."""
    answering = Answering(known.subject, partition, known.rules, time, offsets)
    return SubjectAnswer(
        controller=known.subject.controller,
        subject_ref=known.subject.subject_ref,
        known=bool(known.facts),
        on=on,
        known_at=known_at,
        time_reached=time,
        holdings=answering.holdings(),
        obligations=answering.obligations(known.obligations.values()),
        consents=answering.consents(),
        objections=answering.objections(),
        requests=answering.requests(),
        holds=answering.holds(),
        erasures=answering.erasures(),
        violations=violations_of(known, partition, offsets) if violations is None else violations,
        key_destroyed=answering.key_destroyed(),
        freshness=freshness,
    )


def known_now(seen: Snapshot, controller: str, subject_ref: str, partition: int) -> Known:
    """The subject from its rows: a few look-ups in indexes, however long its history is."""
    return _known_now(seen, controller, subject_ref, partition)[0]


def _known_now(seen: Snapshot, controller: str, subject_ref: str, partition: int) -> tuple[Known, list[Row]]:
    """And the rows of its violations."""
    wanted = subject_id(controller, subject_ref)
    store = seen.store
    holdings, state, found, entries, violations = seen.one_subject(wanted)
    unsettled = [row for row in found if row[15] in ("OPEN", "OVERDUE")]
    subject = rows.subject_of(controller, subject_ref, state, holdings, unsettled, entries if state else [])
    obligations = {row[0]: rows.obligation_of(row) for row in found}
    is_known = bool(holdings or state or found) or bool(store.history(partition, wanted, EVER))
    return Known(subject, seen.register(partition).rules, obligations, facts=int(is_known)), violations


def _as_of(
    seen: Snapshot, controller: str, subject_ref: str, partition: int, on: int | None, before: int, shown: Shown | None
) -> Known:
    """The subject from its own history, folded again up to a place on the log and a moment in the world. shown: what may be seen of it; None: all."""
    store = seen.store
    if shown is None:
        facts = [(offset, *codec.decode(value)) for offset, value in store.history(partition, subject_id(controller, subject_ref), before)]
    else:
        facts = [(fact.offset, fact.type, fact.fields) for fact in shown.facts if fact.offset < before]
    facts, copies = ([each for each in told if is_so(each[1], each[2], on)] for told in (facts, copies_before(store, partition, before)))
    return folded_again(store, controller, subject_ref, partition, facts, copies, before, ticks_end_of(store, partition, on))


def copies_before(store: AnswerStore, partition: int, before: int) -> list[Told]:
    """The copies of the register in a partition before an offset; ticks are not among them."""
    return [(offset, *codec.decode(value)) for offset, value in store.register_copies(partition, -1, before)]


def ticks_end_of(store: AnswerStore, partition: int, on: int | None) -> int:
    """The offset of the first tick that reached a later time than `on`; EVER when there is none, or no moment."""
    later = None if on is None else store.first_tick_at(partition, on + 1, -1, EVER)
    return EVER if later is None else later[0]


def folded_again(
    store: AnswerStore, controller: str, subject_ref: str, partition: int, facts: Sequence[Told], copies: Sequence[Told], before: int,
    ticks_end: int = EVER,
) -> Known:  # fmt: skip
    """The subject as these facts of it and these copies of the register make it, with the ticks of its partition before an offset."""
    records = sorted([*facts, *copies], key=lambda record: record[0])
    return fold_until(controller, subject_ref, partition, records, _Ticks(store, partition), Rules(ZoneInfo), before, ticks_end)


def violations_now(seen: Snapshot, wanted: bytes, partition: int) -> tuple[ViolationAnswer, ...]:
    """Those that are stored for the subject."""
    return _violations(seen, seen.store.violations(wanted), partition)


def _violations(seen: Snapshot, found: Sequence[Row], partition: int) -> tuple[ViolationAnswer, ...]:
    offsets = seen.store.offsets(partition, {event_id for row in found for event_id in row[13]})
    return tuple(violation(row, offsets) for row in found)


def violations_of(known: Known, partition: int, offsets: Mapping[bytes, int]) -> tuple[ViolationAnswer, ...]:
    """The violations that folding the history found; the same ones that were found then. offsets: of what they rest on."""
    found = []
    for offset, outcome in known.outcomes:
        if outcome.type == "ViolationFound":
            of = outcome.fields
            row = (
                partition, offset, 0, of["event_id"], known.subject.subject_id, of["controller"], of["subject_ref"], of["promise"], of["rule"],
                of["severity"], of["holder"], of["purpose"], of["categories"], of["rests_on"],
            )  # fmt: skip
            found.append(violation(row, offsets))
    return tuple(found)


class _Ticks:
    """as_of.Ticks on a store."""

    def __init__(self, store: AnswerStore, partition: int) -> None:
        self._store, self._partition = store, partition

    def time_before(self, offset: int) -> int:
        return self._store.time_before(self._partition, offset)

    def first_at(self, time: int, after: int, before: int) -> tuple[int, int] | None:
        return self._store.first_tick_at(self._partition, time, after, before)


def before_of(seen: Snapshot, known_at: KnownAt | None, partition: int) -> int:
    """The offset before which everything was known. Raises: CallerError, there is no such place, or it is not folded yet."""
    folded = next((offset for number, offset, _, _ in seen.progress if number == partition), 0)
    if known_at is None:
        return folded
    if isinstance(known_at, RecordedBy):
        return recorded_by(seen.store, partition, known_at.at, folded)
    if known_at.partition not in (None, partition):
        raise CallerError(
            f"cannot answer as known at that position: expected partition {partition}, which holds this subject, got {known_at.partition}",
            hint=f"give the offset alone, or {partition}:OFFSET",
            field="known_at",
        )
    if not 0 <= known_at.offset < folded:
        raise CallerError(
            f"cannot answer as known at that position: expected an offset of at least 0 and below {folded}, got {known_at.offset}",
            hint="`ledger wait` waits until all that is on the log is folded",
            field="known_at",
        )
    return known_at.offset + 1


def recorded_by(store: AnswerStore, partition: int, at: int, folded: int) -> int:
    """The offset of the first record written later than that, or `folded`. The broker's times rise along a partition, so it is found by halves."""
    low, high = 0, folded
    while low < high:
        middle = (low + high) // 2
        found = store.recorded_from(partition, middle)
        if found is None or found[0] >= high or found[1] > at:
            high = middle
        else:
            low = found[0] + 1
    return low
