"""The register of breaches: what, when, whom it concerns, who was told. Counts in the database; only the doubtful are looked at one by one.

Whom it concerns is worked out from what its holder had in its store in the window. Most is plain from the holdings; where something was erased
since, or came back, the subject's own facts tell. Source: docs/duties.md section 5; docs/answers.md, "Breaches"; GDPR Art. 33, 34; HH-13, HH-14,
X-03.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import itemgetter
from typing import Any, Final, TypedDict

from ledger.answers import not_covered
from ledger.answers.asking import Asking, Register, Snapshot
from ledger.answers.cursors import CursorError, Cursors, Place, line_id, page, require_limit
from ledger.answers.facts import Fact, facts_of
from ledger.answers.presentation import terms
from ledger.answers.shapes_register import AffectedSubject, AuthorityNotice, BreachAnswer, BreachesAnswer
from ledger.core.delta import Row
from ledger.core.duties.controller import authority_due
from ledger.core.duty import BY_LAW
from ledger.core.holdings import collected_keys, covers, scope_of, shared_keys
from ledger.core.ids import HoldingKey

AT_ONCE: Final = 500
"""How many doubtful subjects' facts are held at a time."""


class Where(TypedDict):
    """Where a breach was. store None: any. categories: empty is all. since, until: the window, microseconds."""

    controller: str
    holder: str
    store: str | None
    categories: tuple[str, ...]
    since: int
    until: int
    breach_ref: str


def breaches(asking: Asking, controller: str | None, limit: int, after: str | None = None) -> BreachesAnswer:
    """List every breach, the one that the controller was aware of last first. limit: how many affected are listed of each.

    after: the `next` of one breach: that one alone, with whom it concerns from there on. Raises: CursorError.
    """
    require_limit(limit, after)
    with asking.snapshot() as seen:
        register = seen.register()
        recorded = recorded_of(register, controller)
        pages = [(fields, seen.cursors("breaches", ("i",), fields["controller"], fields["breach_ref"])) for fields in recorded]
        if after is not None:
            pages = [each for each in pages if _goes_on(each[1], after)]
            if not pages:
                raise CursorError
        found = [_breach(seen, register, fields, limit, cursors, after) for fields, cursors in pages]
    return BreachesAnswer(controller=controller, breaches=tuple(found), not_covered=_leaves_open(found), freshness=seen.freshness())


def recorded_of(register: Register, controller: str | None) -> list[dict[str, Any]]:
    """Each breach as it was recorded last, the one that the controller was aware of last first."""
    found = [each for owner, known in register.rules.breaches.items() if controller in (None, owner) for each in known.values()]
    return sorted(found, key=lambda each: (-each["aware_at"], each["controller"], each["breach_ref"]))


def _leaves_open(found: Sequence[BreachAnswer]) -> tuple[str, ...]:
    """Nothing, where each of them has its effects and its measures, or the file that tells them."""
    return not_covered.BREACHES if any(each.report_ref is None and not (each.consequences and each.measures) for each in found) else ()


def _goes_on(cursors: Cursors, after: str) -> bool:
    with suppress(CursorError):
        return bool(cursors.read(after))
    return False


def where_of(fields: dict[str, Any]) -> Where:
    """Where a recorded breach was."""
    return Where(
        controller=fields["controller"],
        holder=fields["recipient"] or fields["controller"],
        store=fields["store"],
        categories=tuple(sorted(fields["categories"])),
        since=fields["window_from"],
        until=fields["window_until"],
        breach_ref=fields["breach_ref"],
    )


def _breach(seen: Snapshot, register: Register, fields: dict[str, Any], limit: int, cursors: Cursors, after: str | None) -> BreachAnswer:
    where = where_of(fields)
    affected, told = seen.store.affected_counted(where)
    doubtful = list[Row]()
    for row in concerned(seen, where, seen.store.every_unsure(where)):
        affected, told = affected + 1, told + row[4]
        doubtful += [row] if limit else []  # a register of numbers alone keeps nobody, however many were there
    notice = who_must_be_told(register, fields)
    authority = _authority(register, fields)
    due_at = _authority_due(register, fields)
    first = min((each.notified_at for each in authority), default=seen.time_reached)
    listed, goes_on = _page(seen, where, doubtful, limit, cursors.read(after)[0])
    return BreachAnswer(
        controller=where["controller"],
        breach_ref=where["breach_ref"],
        aware_at=fields["aware_at"],
        holder=where["holder"],
        store=where["store"],
        window_from_at=where["since"],
        window_until_at=where["until"],
        categories=terms("categories", where["categories"]),
        risk=fields["risk"],
        consequences=terms("breach_consequences", sorted(fields["consequences"])),
        measures=terms("breach_measures", sorted(fields["measures"])),
        report_ref=fields["report_ref"],
        authority_due_at=due_at,
        authority_late_by_seconds=0 if due_at is None else max(0, first - due_at) // 1_000_000,
        authority=authority,
        affected=affected,
        told=told,
        notice=notice,
        still_due=0 if notice == "NOT_ASKED" else affected - told,
        subjects=subjects_of(seen, where, listed),
        more=goes_on is not None,
        next=cursors.write(goes_on),
        rests_on=(register.event(fields["event_id"]), *(each.event for each in authority)),
    )


def who_must_be_told(register: Register, fields: dict[str, Any]) -> str:
    """BY_LAW, BY_POLICY or NOT_ASKED: who asks that people are told of a breach."""
    duty = register.rules.duty(fields["controller"], fields["aware_at"], "breach", "notify_subject", risk=fields["risk"])
    return "NOT_ASKED" if duty is None else "BY_LAW" if duty in BY_LAW else "BY_POLICY"


def _authority_due(register: Register, fields: dict[str, Any]) -> int | None:
    """When the authority must know at the latest; None when neither law nor policy asks it at this risk."""
    duty = register.rules.duty(fields["controller"], fields["aware_at"], "breach", "notify_authority", risk=fields["risk"])
    return None if duty is None else authority_due(register.rules, fields["controller"], fields["aware_at"])


def _authority(register: Register, fields: dict[str, Any]) -> tuple[AuthorityNotice, ...]:
    """What the authority was told about it, in order of being told."""
    due_at = authority_due(register.rules, fields["controller"], fields["aware_at"])
    found = [
        AuthorityNotice(
            authority=told["authority"],
            notified_at=told["notified_at"],
            late_by_seconds=max(0, told["notified_at"] - due_at) // 1_000_000,
            event=register.event(told["event_id"]),
        )
        for _, type_name, told in register.told
        if type_name == "AuthorityNotified" and (told["controller"], told["breach_ref"]) == (fields["controller"], fields["breach_ref"])
    ]
    return tuple(sorted(found, key=lambda each: each.notified_at))


# -- whom it concerns


def _page(seen: Snapshot, where: Where, doubtful: Sequence[Row], limit: int, after: Place | None) -> tuple[tuple[Row, ...], Place | None]:
    """Those of a page in order of their lines' ids, and after which one it goes on."""
    if not limit or after is None:
        return (), None
    (start,) = after or (b"",)
    places = [((line_id(row[0], where["breach_ref"].encode()),), row) for row in doubtful]
    places += [((row[5],), row) for row in seen.store.affected_listed(where, limit + 1, start)]
    return page(sorted((each for each in places if each[0] > (start,)), key=itemgetter(0)), limit)


def concerned(seen: Snapshot, where: Where, unsure: Iterable[Row]) -> Iterator[Row]:
    """Those of whom the holdings cannot tell, and of whom their own facts say that it concerns them; some at a time. unsure: rows of the former."""
    rows = iter(unsure)
    while some := list(islice(rows, AT_ONCE)):
        facts = facts_of(seen, [row[0] for row in some], *_TYPES)
        yield from (row for row in some if there_in(facts[row[0]], where))


def subjects_of(seen: Snapshot, where: Where, rows: Sequence[Row]) -> tuple[AffectedSubject, ...]:
    """One by one, with what was there and the facts that say so."""
    facts = facts_of(seen, [row[0] for row in rows], *_TYPES)
    found = []
    for subject_id, _, _, subject_ref, told, *_ in rows:
        there = there_in(facts[subject_id], where)
        places = sorted({fact.offset: fact for fact in there.values()}.items())
        events = tuple(fact.event for _, fact in places)
        found.append(AffectedSubject(subject_ref=subject_ref, told=told, categories=terms("categories", sorted(there)), rests_on=events))
    return tuple(found)


def there_in(facts: Sequence[Fact], where: Where) -> dict[str, Fact]:
    """What of a subject was there in the window: category -> the first acquisition that was not erased before it.

    facts: what the subject's holdings follow from, in order of happening. Pure.
    """
    erasures = [(fact.fields["occurred_at"], scope_of(fact.fields)) for fact in facts if fact.type == "DataErased"]
    found: dict[str, Fact] = {}
    for fact in facts:
        at = fact.fields["occurred_at"]
        if fact.type == "DataErased" or at > where["until"]:
            continue
        for key in _keys(fact):
            if key[0] != where["holder"] or where["store"] not in (None, key[1]):
                continue
            for category in fact.fields["categories"]:
                if not where["categories"] or category in where["categories"]:
                    ends = min((when for when, scope in erasures if when >= at and covers(scope, key, category)), default=None)
                    if ends is None or ends > where["since"]:
                        found.setdefault(category, fact)
    return found


def _keys(fact: Fact) -> list[HoldingKey]:
    return collected_keys(fact.fields) if fact.type == "DataCollected" else shared_keys(fact.fields)


_TYPES: Final = ("DataCollected", "DataShared", "DataErased")
