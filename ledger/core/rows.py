"""State as rows and rows as state: the only place that knows both.

Pure. Column order: docs/architecture.md section 5. Uuids are 16 bytes, instants microseconds since 1970, arrays tuples. The subject row's `state` is
canonical JSON (sorted keys, no spaces), so that equal states are equal bytes. What grows with a history has a row for each entry: entries.py.
"""

from __future__ import annotations

import json
from typing import Any

from ledger.core.delta import Row
from ledger.core.entries import read_entries
from ledger.core.ids import holding_id, message_key, subject_id_of
from ledger.core.obligations import Whom
from ledger.core.state import Attributes, Evidence, Holding, Obligation
from ledger.core.subject import Subject


def holding_row(subject: Subject, partition: int, holding: Holding) -> Row:
    """The row of one holding."""
    held, erased, key, latest = holding.categories, holding.erased, holding.key, holding.latest
    row_id = holding.row_id
    if row_id is None:
        row_id = holding.row_id = holding_id(key)
    categories = tuple(sorted(held))
    found = set(held.values())
    index: tuple[int, ...]
    order = [latest] if found == {latest} else sorted(found)
    ats, events, offsets = tuple([e.at for e in order]), tuple([e.event_id for e in order]), tuple([e.offset for e in order])
    if len(order) == 1:
        index = (0,) * len(categories)
    else:
        place = {evidence: i for i, evidence in enumerate(order)}
        index = tuple([place[held[category]] for category in categories])
    gone = tuple(sorted(erased)) if erased else ()
    anchors = holding.anchors
    legal_basis, activity, role, statute, country, safeguard, agreement, product = holding.attributes
    return (
        subject.subject_id, row_id, partition, subject.controller, subject.subject_ref,
        *key,
        categories, index, ats, events, offsets,
        gone, tuple([erased[category] for category in gone]) if gone else (),
        *latest,
        activity, role, legal_basis, statute, country, safeguard, agreement, product,
        holding.due_at, holding.rule,
        tuple([e.event_id for e in anchors]) if anchors else (), tuple([e.offset for e in anchors]) if anchors else (),
        holding.held_back,
    )  # fmt: skip


def holding_of(row: Row) -> Holding:
    """The holding of one row. Anchors come back without their moment: they are only shown, and are worked out again before they are used."""
    (
        _subject, row_id, _partition, _controller, _ref, holder, store, purpose, ref, received_from,
        categories, index, ats, events, offsets, gone, gone_at, latest_at, latest_event, latest_offset,
        activity, role, legal_basis, statute, country, safeguard, agreement, product,
        due_at, rule, anchor_events, anchor_offsets, held_back,
    ) = row  # fmt: skip
    latest = Evidence(latest_at, latest_event, latest_offset)
    if len(ats) == 1:  # most holdings: one acquisition gave all that is held
        held = dict.fromkeys(categories, Evidence(ats[0], events[0], offsets[0]))
    else:
        found = [Evidence(*each) for each in zip(ats, events, offsets, strict=True)]
        held = {category: found[i] for category, i in zip(categories, index, strict=True)}
    anchors = tuple([Evidence(0, event, offset) for event, offset in zip(anchor_events, anchor_offsets, strict=True)]) if anchor_events else ()
    return Holding(
        (holder, store, purpose, ref, received_from),
        Attributes(legal_basis, activity, role, statute, country, safeguard, agreement, product),
        latest, held, dict(zip(gone, gone_at, strict=True)) if gone else {}, due_at, rule, anchors, held_back, stored=True, row_id=row_id,
    )  # fmt: skip


def obligation_row(subject: Whom, partition: int, obligation: Obligation) -> Row:
    """The row of one obligation."""
    settled = obligation.settled
    return (
        obligation.obligation_id, subject.subject_id, partition, subject.controller, subject.subject_ref, obligation.kind,
        *obligation.holding, obligation.categories,
        obligation.due_at, obligation.overdue_at, obligation.rule, obligation.state,
        obligation.raised_at, obligation.raised_offset, obligation.rests_on, obligation.request_ref,
        settled and settled.at, settled and settled.offset, settled and settled.event_id,
        obligation.certificate_ref, obligation.reason, obligation.about,
    )  # fmt: skip


def obligation_of(row: Row) -> Obligation:
    """The obligation of one row, in any state."""
    (
        obligation_id, _subject, _partition, _controller, _ref, kind, holder, store, purpose, ref, received_from, categories,
        due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
        settled_at, settled_offset, settled_event, certificate_ref, reason, about,
    ) = row  # fmt: skip
    return Obligation(
        obligation_id, kind, (holder, store, purpose, ref, received_from), tuple(categories), due_at, overdue_at, rule,
        raised_at, raised_offset, tuple(rests_on), request_ref, state,
        None if settled_at is None else Evidence(settled_at, settled_event, settled_offset), certificate_ref, reason, about, stored=True,
    )  # fmt: skip


def subject_row(subject: Subject, partition: int) -> Row:
    """The row of what belongs to the subject as a whole; entries.py has all else."""
    return (subject.subject_id, partition, subject.controller, subject.subject_ref, _state_text(subject))


def subject_of(
    controller: str, subject_ref: str, row: Row | None, holdings: list[Row], obligations: list[Row], entries: list[Row] | None = None
) -> Subject:
    """The state of one subject from its stored rows; without rows, a subject nothing is known of."""
    key = message_key(controller, subject_ref)
    subject = Subject(controller, subject_ref, key, subject_id_of(key))
    for each in holdings:
        subject.add_holding(holding_of(each))
    for each in obligations:
        subject.add_obligation(obligation_of(each))
    if row is not None:
        subject.stored = True
        _read_state(subject, json.loads(row[4]))
    if entries:
        read_entries(subject, entries)
    return subject


def _state_text(subject: Subject) -> str:
    destroyed = subject.key_destroyed
    state: dict[str, Any] = {
        "wakes": subject.wakes_at,
        "clocks": sorted([obligation_id.hex(), at] for obligation_id, at in subject.clocks.items()),
        "key_destroyed": destroyed and [destroyed.at, destroyed.event_id.hex(), destroyed.offset],
    }
    return json.dumps({name: value for name, value in state.items() if value}, sort_keys=True, separators=(",", ":"))


def _read_state(subject: Subject, state: dict[str, Any]) -> None:
    subject.wakes_at = state.get("wakes")
    subject.clocks = {bytes.fromhex(obligation_id): at for obligation_id, at in state.get("clocks", ())}
    destroyed = state.get("key_destroyed")
    subject.key_destroyed = destroyed and Evidence(destroyed[0], bytes.fromhex(destroyed[1]), destroyed[2])
