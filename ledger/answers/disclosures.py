"""Data that somebody outside asked for: who, on which ground, what was decided, and whether the person was told, must be, or may not be.

Decided ones are found in the states of all subjects, undecided ones among all facts. Source: docs/answers.md, "Disclosures"; GDPR Art. 6(1)(c), 14,
23; HH-11, SH-07.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.facts import Fact, facts_of, schema_ids
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_rights import DisclosureAnswer, DisclosuresAnswer
from ledger.contract import codec

TYPES: Final = ("DisclosureRequested", "DisclosureDecided", "NoticeGiven", "DataShared")
Which = tuple[bytes, int, str, str, str]
"""(subject id, partition, controller, subject_ref, disclosure_ref)."""


def disclosures(asking: Asking, controller: str | None, limit: int) -> DisclosuresAnswer:
    """List disclosures, the latest first. Officers only: it shows what the person may not be told yet."""
    with asking.snapshot() as seen:
        found: dict[Which, None] = dict.fromkeys(tuple(row[:5]) for row in seen.store.disclosures(controller, limit + 1))
        found |= dict.fromkeys(_asked(seen, controller, limit + 1))
        facts = facts_of(seen, {which[0] for which in found}, *TYPES)
        lines = [
            disclosure_answer(owner, ref, disclosure_ref, facts[subject_id], seen.time_of(partition))
            for subject_id, partition, owner, ref, disclosure_ref in found
        ]
    lines.sort(key=lambda each: (-_latest(each), each.controller, each.subject_ref, each.disclosure_ref))
    return DisclosuresAnswer(controller=controller, disclosures=tuple(lines[:limit]), more=len(lines) > limit, freshness=seen.freshness())


def _asked(seen: Snapshot, controller: str | None, limit: int) -> Iterable[Which]:
    """The newest requests for a disclosure; those decided on are among them too."""
    for subject_id, partition, _, value in seen.store.facts_of_type(schema_ids("DisclosureRequested"), controller, limit):
        _, fields = codec.decode(value)
        if controller in (None, fields["controller"]):
            yield subject_id, partition, fields["controller"], fields["subject_ref"], fields["disclosure_ref"]


def _latest(each: DisclosureAnswer) -> int:
    return max(each.decided_at or 0, each.requested_at or 0)


def disclosure_answer(controller: str, subject_ref: str, disclosure_ref: str, facts: Iterable[Fact], now: int) -> DisclosureAnswer:
    """One disclosure. facts: of its subject, in order of happening; of several requests the earliest counts, of several decisions the latest."""
    about = [fact for fact in facts if _ref_of(fact) == disclosure_ref]
    requested = next((fact for fact in about if fact.type == "DisclosureRequested"), None)
    decided = next((fact for fact in reversed(about) if fact.type == "DisclosureDecided"), None)
    notices = notices_of(about, "disclosure") or ([] if decided else notices_of(about, "disclosure_request"))
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
        notice=_notice(decided, notices, now),
        barred_until_at=decided.fields["barred_until"] if decided and is_barred(decided, now) else None,
        notice_given_at=notices[0].fields["occurred_at"] if notices else None,
        shared=tuple(fact.event for fact in about if fact.type == "DataShared"),
        rests_on=tuple(fact.event for fact in about),
    )


def is_barred(decided: Fact, now: int) -> bool:
    """Whether an order keeps the person from being told at that time. A bar without an end lasts until another decision."""
    until = decided.fields["barred_until"]
    return bool(decided.fields["notice"] == "BARRED" and (until is None or now < until))


def notices_of(about: Iterable[Fact], subject: str) -> list[Fact]:
    """What the person was told of it, as `disclosure` or `disclosure_request`."""
    return [fact for fact in about if fact.type == "NoticeGiven" and fact.fields["to"] == "subject" and fact.fields["about"] == subject]


def _notice(decided: Fact | None, notices: Sequence[Fact], now: int) -> str:
    if notices:
        return "GIVEN"
    if decided is None:
        return "NONE"
    if is_barred(decided, now):
        return "BARRED"
    return "DUE" if decided.fields["notice"] in ("DUE", "BARRED") else "NONE"  # a bar that has ended


def _ref_of(fact: Fact) -> str | None:
    if fact.type == "NoticeGiven":
        return fact.fields["ref"] if fact.fields["about"] in ("disclosure", "disclosure_request") else None
    ref: str | None = fact.fields["disclosure_ref"]
    return ref
