"""Who holds what: acquisitions and erasures, whatever order they come in.

Pure. A category is held when its latest acquisition is later than the latest erasure that covers it; an erasure covers what was acquired at or
before its moment. First acquisition and latest erasure are kept, the rest need not be: only an erasure that lies between the acquisitions of
one holding cannot be placed without them, and then the subject's own history is folded again in order of happening (`NeedsHistory`).
Source: docs/architecture.md section 4, docs/decisions/0001; GDPR Art. 17.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.core.ids import HoldingKey
from ledger.core.state import Attributes, Evidence, Holding, Scope
from ledger.core.subject import Subject


class NeedsHistory(Exception):  # noqa: N818 - a question to the caller, not an error
    """Something later is known already, and the state cannot tell what was so before it: only the whole history can."""


def collected_keys(fields: dict[str, Any]) -> list[HoldingKey]:
    """The holdings a DataCollected makes: one of the controller's own for each purpose."""
    controller, store, ref = fields["controller"], fields["store"], fields["ref"]
    return [(controller, store, purpose, ref, None) for purpose in fields["purposes"]]


def shared_keys(fields: dict[str, Any]) -> list[HoldingKey]:
    """The holding a DataShared makes: the recipient's, received from `by`. None when it is the person's: nobody holds data about himself."""
    if is_to_the_person(fields):
        return []
    return [(fields["recipient"], fields["store"], fields["purpose"], fields["ref"], fields["by"])]


def is_to_the_person(fields: dict[str, Any]) -> bool:
    """Whether a DataShared gives the person his own data (GDPR Art. 15, 20), and not only says that it does: role and recipient must agree."""
    return bool(fields["recipient_role"] == "data_subject" and fields["recipient"] == fields["subject_ref"])


def attributes_of(type_name: str, fields: dict[str, Any]) -> Attributes:
    """What this acquisition says about its holdings."""
    if type_name == "DataShared":
        return Attributes(
            fields["legal_basis"], None, fields["recipient_role"], None,
            fields["country"], fields["safeguard"], fields["agreement"], fields["product"],
        )  # fmt: skip
    return Attributes(fields["legal_basis"], fields["activity"], None, fields["statute"], fields["country"])


def acquire(subject: Subject, key: HoldingKey, categories: Iterable[str], evidence: Evidence, attributes: Attributes) -> Holding:
    """Add one acquisition. Repeating it, or adding it in another order, ends in the same holding."""
    holding = subject.holdings.get(key)
    if holding is None:
        holding = Holding(key, attributes, evidence)
        if not subject.erasures:
            holding.categories = dict.fromkeys(categories, evidence)
        subject.add_holding(holding)
        if not subject.erasures:
            return holding
    elif evidence > holding.latest:
        holding.latest, holding.attributes = evidence, attributes
    held, erased = holding.categories, holding.erased
    for category in categories:
        covered = erased.get(category)
        if covered is None and subject.erasures:
            covered = covered_until(subject, key, category)
        if covered is not None:
            if evidence.at <= covered:
                if category not in held:
                    erased[category] = covered
                    if key[0] == subject.controller:
                        subject.gone = None
                continue
            erased.pop(category, None)
        known = held.get(category)
        if known is None or evidence < known:
            held[category] = evidence
    if held:
        subject.held[key] = holding
    return holding


def covered_until(subject: Subject, key: HoldingKey, category: str) -> int | None:
    """The moment of the latest known erasure that covers this category of this holding."""
    latest = latest_erasure(subject, key, category)
    return None if latest is None else latest.at


def latest_erasure(subject: Subject, key: HoldingKey, category: str) -> Evidence | None:
    """The latest known erasure that covers this category of this holding."""
    scopes = subject.erased_by.get((key[0], None), [])
    if key[3] is not None:
        scopes = [*scopes, *subject.erased_by.get((key[0], key[3]), ())]
    return max((subject.erasures[scope] for scope in scopes if covers(scope, key, category)), default=None)


def covers(scope: Scope, key: HoldingKey, category: str) -> bool:
    """Whether an erasure of this scope is about this category of this holding."""
    by, store, categories, purposes, ref = scope
    return (
        by == key[0]
        and (store is None or store == key[1])
        and (not purposes or key[2] in purposes)
        and (ref is None or ref == key[3])
        and (not categories or category in categories)
    )


def gone_by(subject: Subject) -> dict[str, Evidence]:
    """Category -> the controller's latest erasure that covers it in one of its own holdings, held again since or not."""
    if subject.gone is None:
        subject.gone = {}
        for holding in subject.holdings.values():
            if holding.key[0] == subject.controller:
                for category in holding.erased:
                    latest = latest_erasure(subject, holding.key, category)
                    if latest is not None:
                        subject.gone[category] = max(subject.gone.get(category, latest), latest)
    return subject.gone


def scope_of(fields: dict[str, Any]) -> Scope:
    """What a DataErased covers."""
    return (fields["by"], fields["store"], tuple(sorted(fields["categories"])), tuple(sorted(fields["purposes"])), fields["ref"])


def erase(subject: Subject, scope: Scope, evidence: Evidence) -> list[Holding]:
    """Apply one erasure and return the holdings it changed.

    Raises:
        NeedsHistory: it lies between acquisitions of one holding; the state is then half changed and must be made again with `refold`.
    """
    known = subject.erasures.get(scope)
    if known is not None and evidence <= known:
        return []
    subject.add_erasure(scope, evidence)
    changed: list[Holding] = []
    by, ref = scope[0], scope[4]
    gone = subject.gone if by == subject.controller else None
    for holding in subject.holdings_of(by, ref):
        touched = False
        for category in [*holding.categories, *holding.erased]:
            if not covers(scope, holding.key, category):
                continue
            first = holding.categories.get(category)
            if first is None:
                if holding.erased[category] < evidence.at:
                    holding.erased[category] = evidence.at
                    touched = True
            elif first.at <= evidence.at:
                if holding.latest.at > evidence.at:
                    raise NeedsHistory
                del holding.categories[category]
                holding.erased[category] = evidence.at
                touched = True
            if gone is not None and category in holding.erased:
                gone[category] = max(gone.get(category, evidence), evidence)
        if touched:
            changed.append(holding)
            if not holding.categories:
                subject.held.pop(holding.key, None)
    return changed


def refold(subject: Subject, history: Iterable[tuple[int, str, dict[str, Any]]]) -> None:
    """Make all holdings and erasures again from the subject's facts (offset, type, fields), in order of happening.

    What the process added to a holding (whether it is held back, whether it is stored) stays with it.
    """
    before = subject.holdings
    subject.holdings, subject.erasures = {}, {}
    subject.held, subject.placed, subject.erased_by, subject.gone = {}, {}, {}, None
    steps = [
        (Evidence(fields["occurred_at"], fields["event_id"], offset), type_name, fields)
        for offset, type_name, fields in history
        if type_name in ("DataCollected", "DataShared", "DataErased")
    ]
    for evidence, type_name, fields in sorted(steps, key=lambda step: step[0]):
        if type_name == "DataErased":
            erase(subject, scope_of(fields), evidence)
        else:
            keys = collected_keys(fields) if type_name == "DataCollected" else shared_keys(fields)
            for key in keys:
                acquire(subject, key, fields["categories"], evidence, attributes_of(type_name, fields))
    for key, holding in subject.holdings.items():
        old = before.get(key)
        if old is not None:
            holding.held_back, holding.stored = old.held_back, old.stored
            holding.due_at, holding.rule, holding.anchors = old.due_at, old.rule, old.anchors
