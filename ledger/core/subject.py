"""All that is known of one subject, as the fold changes it, and what is kept beside it so that history costs nothing.

Pure. Source: docs/architecture.md section 4, docs/decisions/0021.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.core.ids import HoldingKey
from ledger.core.retention_rule import STARTS_OF
from ledger.core.state import (
    DATASET_PREFIX,
    REFUSING,
    Change,
    ConsentStep,
    Decision,
    Entry,
    Evidence,
    Hold,
    Holding,
    Obligation,
    ObligationKey,
    Period,
    Rectified,
    Request,
    Scope,
    Use,
    Where,
)

ENDS_TOLD_BY = {kind: [end for end in STARTS_OF if kind == end or kind in STARTS_OF[end]] for kind in {*STARTS_OF, *sum(STARTS_OF.values(), ())}}
"""Kind of a milestone -> the kinds of ends that it decides about."""


@dataclass(slots=True)
class Subject:
    """All that is known of one subject. The `touched*` marks say what a host must store, and clears; touched: wakes_at, clocks or key_destroyed;
    touched_entries: of all other fields, by `note`.

    notices: (to, about, ref) -> the first one. told: (recipient, about) -> when it was last told of an erasure or a restriction.
    uses: by purpose, of counted purposes only. rectified: the latest one of each kind.
    customer_before: (kind, ref) -> the moments of milestones about being a customer that are not the latest of their kind and ref, in order.
    clocks: obligations of terms that a hold made wait -> when they would have been overdue without it.
    So that what is over costs the next event nothing, some things are kept that follow from the other fields: held: the holdings with something in
    them; reached: milestones by kind and ref; latest: of each kind; running: kind of an end -> refs that have started and not ended; placed:
    (holder, ref) -> holdings; erased_by: (by, ref) -> scopes of erasures; open_erasures: what an obligation to erase is about -> those open;
    open_others: of each other kind, by id; consent_steps: all of a purpose in order; consent_ends: see consent_end.py; asked: right -> the
    references of the requests for it, sorted; refused: of those whose answer lets something stay; gone: category -> the controller's latest erasure
    of it in a holding of its own, None until somebody asks.
    wakes_at: when something ends by itself next: a hold, a refusal, a bar on telling.
    """

    controller: str
    subject_ref: str
    message_key: bytes
    subject_id: bytes
    holdings: dict[HoldingKey, Holding] = field(default_factory=dict)
    erasures: dict[Scope, Evidence] = field(default_factory=dict)
    milestones: dict[tuple[str, str | None], Evidence] = field(default_factory=dict)
    reached: dict[str, dict[str | None, Evidence]] = field(default_factory=dict)
    latest: dict[str, Evidence] = field(default_factory=dict)
    running: dict[str, set[str | None]] = field(default_factory=dict)
    customer_before: dict[tuple[str, str | None], list[int]] = field(default_factory=dict)
    consents: dict[tuple[str, str | None, str | None], list[Change]] = field(default_factory=dict)
    objections: dict[tuple[str, str | None], list[Change]] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    held: dict[HoldingKey, Holding] = field(default_factory=dict)
    placed: dict[tuple[str, str | None], list[Holding]] = field(default_factory=dict)
    erased_by: dict[tuple[str, str | None], list[Scope]] = field(default_factory=dict)
    open_erasures: dict[ObligationKey, list[Obligation]] = field(default_factory=dict)
    open_others: dict[str, dict[bytes, Obligation]] = field(default_factory=dict)
    consent_steps: dict[str, list[ConsentStep]] = field(default_factory=dict)
    consent_ends: dict[tuple[str, str | None], tuple[int, frozenset[Where], Evidence | None]] = field(default_factory=dict)
    gone: dict[str, Evidence] | None = None
    asked: dict[str, list[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    holds: dict[str, Hold] = field(default_factory=dict)
    notices: dict[tuple[str, str, str | None], Evidence] = field(default_factory=dict)
    told: dict[tuple[str, str], int] = field(default_factory=dict)
    disclosures: dict[str, list[Decision]] = field(default_factory=dict)
    disclosure_requests: dict[str, tuple[Evidence, tuple[str, ...]]] = field(default_factory=dict)
    rectified: dict[Rectified, Evidence] = field(default_factory=dict)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    key_destroyed: Evidence | None = None
    obligations: dict[bytes, Obligation] = field(default_factory=dict)
    clocks: dict[bytes, int] = field(default_factory=dict)
    wakes_at: int | None = None
    stored: bool = False
    touched: bool = False
    touched_entries: dict[Entry, bool] = field(default_factory=dict)
    touched_holdings: set[HoldingKey] = field(default_factory=set)
    touched_obligations: dict[bytes, Obligation] = field(default_factory=dict)
    queued_due: int | None = None

    def note(self, section: str, *key: Any, is_new: bool) -> None:
        """Mark one entry of a field as changed. key: as entries.py says for that field. is_new: it was not there before."""
        self.touched_entries.setdefault((section, key), is_new)
        if not self.stored:
            self.touched = True

    def add_holding(self, holding: Holding) -> None:
        """Add a holding, with whatever is in it."""
        key = holding.key
        self.holdings[key] = holding
        self.placed.setdefault((key[0], key[3]), []).append(holding)
        if holding.categories:
            self.held[key] = holding

    def holdings_of(self, holder: str, ref: str | None) -> list[Holding]:
        """The holdings of one holder, full and empty; those of one reference where one is given."""
        if ref is not None:
            return self.placed.get((holder, ref), [])
        return [holding for key, holding in self.holdings.items() if key[0] == holder]

    def reach(self, kind: str, ref: str | None, evidence: Evidence) -> None:
        """Add a milestone, or a later one of the same kind and ref."""
        self.milestones[kind, ref] = evidence
        self.reached.setdefault(kind, {})[ref] = evidence
        for end in ENDS_TOLD_BY.get(kind, ()):
            ended = self.reached.get(end, {}).get(ref)
            starts = [self.reached.get(start, {}).get(ref) for start in STARTS_OF[end]]
            # Only moments are compared: at an equal moment the end wins, whatever the event ids.
            is_running = any(start is not None and (ended is None or ended.at < start.at) for start in starts)
            running = self.running.setdefault(end, set())
            (running.add if is_running else running.discard)(ref)
        latest = self.latest.get(kind)
        if latest is None or latest < evidence:
            self.latest[kind] = evidence

    def last_end(self, kind: str) -> Evidence | None:
        """The latest milestone of this kind over all refs, or None while one that it would end has not ended since it started."""
        return None if self.running.get(kind) else self.latest.get(kind)

    def add_consent(self, key: tuple[str, str | None, str | None], change: Change) -> None:
        """Add one step of a consent, at its place."""
        insort(self.consents.setdefault(key, []), change)
        steps = self.consent_steps.setdefault(key[0], [])
        insort(steps, (*change, *key[1:]), key=lambda step: step[:2])
        if steps[-1][:2] != change[:2]:  # it came late: what was made of the steps after it no longer counts
            self.consent_ends = {of: made for of, made in self.consent_ends.items() if of[0] != key[0]}

    def add_erasure(self, scope: Scope, evidence: Evidence) -> None:
        """Add an erasure, or a later one of the same scope."""
        if scope not in self.erasures:
            self.erased_by.setdefault((scope[0], scope[4]), []).append(scope)
        self.erasures[scope] = evidence

    def add_obligation(self, obligation: Obligation) -> None:
        """Add an open obligation."""
        self.obligations[obligation.obligation_id] = obligation
        if obligation.kind == "ERASE":
            self.open_erasures.setdefault(obligation.holding, []).append(obligation)
        else:
            self.open_others.setdefault(obligation.kind, {})[obligation.obligation_id] = obligation

    def drop_obligation(self, obligation: Obligation) -> None:
        """Take out an obligation that is settled."""
        del self.obligations[obligation.obligation_id]
        if obligation.kind == "ERASE":
            self.open_erasures[obligation.holding].remove(obligation)
        else:
            del self.open_others[obligation.kind][obligation.obligation_id]

    def request(self, ref: str, right: str = "UNKNOWN") -> Request:
        """The request of this reference, known already or not, marked as changed. right: of one not known yet."""
        self.note("requests", ref, is_new=ref not in self.requests)
        return self.requests.setdefault(ref, Request(right=right))

    def file_request(self, ref: str, right_before: str | None = None) -> None:
        """Keep `asked` and `refused` in step with one request that was added or changed."""
        request = self.requests[ref]
        if right_before is not None and right_before != request.right and ref in self.asked.get(right_before, ()):
            self.asked[right_before].remove(ref)
        refs = self.asked.setdefault(request.right, [])
        place = bisect_left(refs, ref)
        if place == len(refs) or refs[place] != ref:
            refs.insert(place, ref)
        (self.refused.add if request.outcome in REFUSING else self.refused.discard)(ref)

    def requests_for(self, right: str) -> Iterator[tuple[str, Request]]:
        """The requests for this right by reference, however many others there are."""
        return ((ref, self.requests[ref]) for ref in self.asked.get(right, ()))

    def known_requests_for(self, right: str) -> Iterator[tuple[str, Request]]:
        """Those of whom it is known who asks, or was never said that it is not: only they set anything going (GDPR Art. 12(6))."""
        return ((ref, request) for ref, request in self.requests_for(right) if not request.is_from_nobody_known)

    @property
    def is_dataset(self) -> bool:
        """Whether it is a dataset of unknown people, such as a day of visitor logs."""
        return self.subject_ref.startswith(DATASET_PREFIX)

    def periods(self) -> list[Period]:
        """The times of all holds."""
        return [period for _, hold in sorted(self.holds.items()) for period in hold.periods()]

    def holds_back(self, holding: Holding, now: int) -> bool:
        """Whether a hold that stands at a time reached covers any of what is held here."""
        return any(period.stands_at(now) and period.covers(holding.key, c) for period in self.periods() for c in holding.categories)

    def next_wake(self, now: int) -> int | None:
        """When something ends by itself next, after the time reached: a standing hold or a bar on telling; or None. Refusals: refusal.py."""
        ends = [period.end for period in self.periods() if period.end is not None and period.stands_at(now)]
        ends += [until for *_, until, _ in (decisions[-1] for decisions in self.disclosures.values()) if until is not None and until > now]
        return min(ends, default=None)

    def open_duties(self, kind: str) -> list[Obligation]:
        """The obligations of this kind, other than to erase, that are not settled, in the order of their ids."""
        found = self.open_others.get(kind)
        return [found[each] for each in sorted(found)] if found else []

    def next_due(self, now: int) -> int | None:
        """The earliest moment after the time reached at which a tick has something to do here, or None.

        A date that has come without an obligation is held back: the end of a hold or a fact calls for it.
        """
        moments = [h.due_at for h in self.held.values() if h.due_at is not None and h.due_at > now]
        moments += [o.overdue_at for o in self.obligations.values() if o.state == "OPEN"]
        if self.wakes_at is not None:
            moments.append(self.wakes_at)
        return min(moments, default=None)
