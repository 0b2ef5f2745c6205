"""Makers of rows and deltas for tests of the projections. No personal data: names say what they are."""

from __future__ import annotations

from typing import Any

from ledger.core.delta import Delta, Row

START = 1_600_000_000_000_000
"""An instant: microseconds since 1970."""


def id_of(number: int) -> bytes:
    """An id that grows with its number, as event ids do."""
    return number.to_bytes(16, "big")


def holding_row(subject: int = 1, number: int = 1, **wishes: Any) -> Row:
    """A holding with one piece of evidence; any column may be wished otherwise."""
    columns: dict[str, Any] = {
        "subject_id": id_of(subject), "holding_id": id_of(number), "partition": 0, "controller": "hoster-a",
        "subject_ref": f"subject-{subject}", "holder": "registry", "store": None, "purpose": "dpv:ServiceProvision",
        "ref": "order-1", "received_from": None, "categories": ("pd:Contact", "pd:Name"), "category_evidence": (0, 0),
        "evidence_at": (START,), "evidence_event": (id_of(7),), "evidence_offset": (3,), "erased": (), "erased_at": (),
        "latest_at": START, "latest_event": id_of(7), "latest_offset": 3, "activity": "domains", "role": None,
        "legal_basis": "dpv:Contract", "statute": None, "country": "NL", "safeguard": None, "agreement": None,
        "product": None, "due_at": None, "rule": None, "anchor_event": (), "anchor_offset": (), "held_back": False,
    }  # fmt: skip
    return tuple((columns | wishes).values())


def obligation_row(subject: int = 1, number: int = 1, **wishes: Any) -> Row:
    """An open obligation; any column may be wished otherwise."""
    columns: dict[str, Any] = {
        "obligation_id": id_of(number), "subject_id": id_of(subject), "partition": 0, "controller": "hoster-a",
        "subject_ref": f"subject-{subject}", "kind": "ERASE", "holder": "registry", "store": None, "purpose": None,
        "ref": None, "received_from": None, "categories": ("pd:Name",), "due_at": START, "overdue_at": START + 1000,
        "rule": "rule-1", "state": "OPEN", "raised_at": START, "raised_offset": 5, "rests_on": (id_of(7), id_of(8)),
        "request_ref": None, "settled_at": None, "settled_offset": None, "settled_event": None,
        "certificate_ref": None, "reason": None, "about": None,
    }  # fmt: skip
    return tuple((columns | wishes).values())


def subject_row(subject: int = 1, state: str = "{}", partition: int = 0) -> Row:
    """A row of table subject."""
    return (id_of(subject), partition, "hoster-a", f"subject-{subject}", state)


def entry_row(subject: int = 1, entry: int = 1, text: str = "[1]", partition: int = 0) -> Row:
    """A row of table subject_entry."""
    return (id_of(subject), id_of(entry), partition, "milestones", text)


def fact_row(offset: int, subject: int | None = 1, event: int | None = None, partition: int = 0) -> Row:
    """A row of table fact; subject None is a register copy."""
    event_id = id_of(1000 + offset if event is None else event)
    subject_id = None if subject is None else id_of(subject)
    return (partition, offset, subject_id, event_id, 12, START + offset, b"\x00value" + bytes([offset % 256]))


def delta(first: int, following: int, partition: int = 0, **rows: Any) -> Delta:
    """A delta of facts/partition over [first, following)."""
    return Delta("facts", partition, first, following, 0, START, 0, **rows)
