"""Data that somebody outside asked for: who, on which ground, what was decided, and whether the person was told, must be, or may not be.

Finds them in the states of all subjects. Source: docs/answers.md, "Disclosures"; docs/duties.md section 6; GDPR Art. 6(1)(c), 14, 23; HH-11, SH-07.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from ledger.answers.asking import Asking
from ledger.answers.cursors import page
from ledger.answers.facts import Fact, facts_of
from ledger.answers.presentation import term, terms
from ledger.answers.requests import START
from ledger.answers.shapes_rights import DisclosureAnswer, DisclosuresAnswer
from ledger.answers.unasked import shares_without_request
from ledger.core import rows
from ledger.core.state import Obligation

TYPES: Final = ("DisclosureRequested", "DisclosureDecided", "NoticeGiven", "DataShared")


def disclosures(asking: Asking, controller: str | None, limit: int, after: str | None = None) -> DisclosuresAnswer:
    """List disclosures, the latest first, and what went out without one. Officers only: it shows what the person may not be told yet.

    A page has up to `limit` of each of the two. Raises: CursorError.
    """
    with asking.snapshot() as seen:
        cursors = seen.cursors("disclosures", ("ni", "ni"), controller)
        asked_after, unasked_after = cursors.read(after)
        rows_found = [] if asked_after is None else seen.store.disclosures(controller, limit + 1, asked_after or START)
        found, asked_on = page([((-row[5], row[6]), row) for row in rows_found], limit)
        subject_ids = {row[0] for row in found}
        facts = facts_of(seen, subject_ids, *TYPES)
        duties: dict[bytes, list[Obligation]] = {}
        for row in seen.store.obligations_of_subjects(subject_ids):
            duties.setdefault(row[1], []).append(rows.obligation_of(row))
        due = {subject_id: must_be_told(of_subject) for subject_id, of_subject in duties.items()}
        lines = [
            disclosure_answer(owner, subject_ref, ref, facts[subject_id], seen.time_of(partition), is_due=ref in due.get(subject_id, ()))
            for subject_id, partition, owner, subject_ref, ref, *_ in found
        ]
        number, latest = shares_without_request(seen, controller, limit + 1, unasked_after)
        unasked, unasked_on = page(latest, limit)
    return DisclosuresAnswer(
        controller=controller,
        disclosures=tuple(lines),
        without_request=unasked,
        shares_without_request=number,
        more=(asked_on, unasked_on) != (None, None),
        next=cursors.write(asked_on, unasked_on),
        freshness=seen.freshness(),
    )


def must_be_told(duties: Iterable[Obligation]) -> frozenset[str]:
    """The disclosures of which somebody must be told and was not yet: what the fold calls for, by law or by the policy."""
    return frozenset(
        duty.holding[3] or ""
        for duty in duties
        if duty.kind == "NOTIFY_SUBJECT" and duty.about in ("disclosure", "disclosure_request") and duty.state in ("OPEN", "OVERDUE")
    )


def disclosure_answer(
    controller: str, subject_ref: str, disclosure_ref: str, facts: Iterable[Fact], now: int, *, is_due: bool
) -> DisclosureAnswer:
    """One disclosure. facts: of its subject, in order of happening; of several requests the earliest counts, of several decisions the latest.

    is_due: whether the fold calls for a notice of it.
    """
    about = [fact for fact in facts if _ref_of(fact) == disclosure_ref]
    requested = next((fact for fact in about if fact.type == "DisclosureRequested"), None)
    decided = next((fact for fact in reversed(about) if fact.type == "DisclosureDecided"), None)
    went_out = decided is not None and decided.fields["decision"] != "REFUSED"  # then a notice of the request alone is not enough
    notices = notices_of(about, "disclosure") or ([] if went_out else notices_of(about, "disclosure_request"))
    return DisclosureAnswer(
        controller=controller,
        subject_ref=subject_ref,
        disclosure_ref=disclosure_ref,
        requester=term("requester_kinds", requested.fields["requester_kind"]) if requested else None,
        ground=term("disclosure_grounds", requested.fields["ground"]) if requested else None,
        requested_at=requested.fields["occurred_at"] if requested else None,
        asked=terms("categories", sorted(requested.fields["categories"])) if requested else (),
        decision=decided.fields["decision"] if decided else None,
        decided_at=decided.fields["occurred_at"] if decided else None,
        decided=terms("categories", sorted(decided.fields["categories"])) if decided else (),
        notice=_notice(decided, notices, now, is_due=is_due),
        barred_until_at=decided.fields["barred_until"] if decided and is_barred(decided, now) else None,
        notice_given_at=notices[0].fields["occurred_at"] if notices else None,
        shared=tuple(fact.event for fact in about if fact.type == "DataShared"),
        beyond=terms("categories", sorted(_beyond(about, requested))),
        rests_on=tuple(fact.event for fact in about),
    )


class Granted(NamedTuple):
    """A decision on a disclosure: its moment (at, event_id), what it says, and of which categories; none: of all that was asked."""

    moment: tuple[int, bytes]
    decision: str
    categories: Collection[str]


def _beyond(about: Sequence[Fact], requested: Fact | None) -> set[str]:
    """What went out that was not granted, over all shares under a disclosure."""
    asked = requested.fields["categories"] if requested else ()
    decided = [Granted(fact.moment, fact.fields["decision"], fact.fields["categories"]) for fact in about if fact.type == "DisclosureDecided"]
    return set[str]().union(*(beyond(fact.fields["categories"], fact.moment, asked, decided) for fact in about if fact.type == "DataShared"))


def beyond(shared: Iterable[str], moment: tuple[int, bytes], asked: Iterable[str], decided: Iterable[Granted]) -> set[str]:
    """What a share at a moment had that was not granted: by the decision that stood then; before any, what was not even asked. decided: the earliest
    first. Where neither names categories nobody can tell.
    """
    before = [each for each in decided if each.moment < moment]
    if before and before[-1].decision == "REFUSED":
        return set(shared)
    granted = set(before[-1].categories if before else ()) or set(asked)
    return set(shared) - granted if granted else set()


def is_barred(decided: Fact, now: int) -> bool:
    """Whether an order keeps the person from being told at that time. A bar without an end lasts until another decision."""
    until = decided.fields["barred_until"]
    return bool(decided.fields["notice"] == "BARRED" and (until is None or now < until))


def notices_of(about: Iterable[Fact], subject: str) -> list[Fact]:
    """What the person was told of it, as `disclosure` or `disclosure_request`."""
    return [fact for fact in about if fact.type == "NoticeGiven" and fact.fields["to"] == "subject" and fact.fields["about"] == subject]


def _notice(decided: Fact | None, notices: Sequence[Fact], now: int, *, is_due: bool) -> str:
    if notices:
        return "GIVEN"
    if decided is not None and is_barred(decided, now):
        return "BARRED"
    ended = decided is not None and decided.fields["notice"] == "BARRED"  # the next tick calls for it
    return "DUE" if is_due or ended else "NONE"


def _ref_of(fact: Fact) -> str | None:
    if fact.type == "NoticeGiven":
        return fact.fields["ref"] if fact.fields["about"] in ("disclosure", "disclosure_request") else None
    ref: str | None = fact.fields["disclosure_ref"]
    return ref
