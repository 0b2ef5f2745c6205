"""Entries of a subject's state as rows: one row for each erasure, milestone, step of a consent, request, notice and so on.

Pure. What a fact adds costs as much as that fact, however long the history is: one row, not the whole state (docs/decisions/0021). A row is
(subject_id, entry_id, partition, section, entry): section names the field of Subject, entry is canonical JSON of key and value. Fields that hold
lists have a row for each item. No row is ever deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from ledger.core.delta import Row
from ledger.core.ids import entry_id
from ledger.core.state import Evidence, Hold, HoldStep, Reason, Request
from ledger.core.subject import Subject

Json = list[Any]


def entry_row(subject: Subject, partition: int, section: str, key: tuple[Any, ...]) -> Row:
    """The row of one entry that `Subject.note` has marked."""
    named, told = _WRITE[section](subject, key)
    identity = _text(named)
    # Together they are one list: the name comes first, so that a report can find an entry's parts by their place.
    entry = _text([*named, *told]) if told else identity
    return (subject.subject_id, entry_id(section, identity), partition, section, entry)


def read_entries(subject: Subject, rows: Iterable[Row]) -> None:
    """Fill a subject's fields from the rows of its entries, in whatever order they come."""
    for _, _, _, section, entry in rows:
        _READ[section](subject, json.loads(entry))
    kept_in_order: tuple[dict[Any, list[Any]], ...] = (subject.objections, subject.uses, subject.disclosures)
    for found in kept_in_order:
        for steps in found.values():
            steps.sort()
    for moments in subject.customer_before.values():
        moments.sort()
    for hold in subject.holds.values():
        hold.steps.sort(key=HoldStep.place)


def notice_entry_id(to: str, about: str, ref: str | None) -> bytes:
    """The id of the entry that says that a notice was given."""
    return entry_id("notices", _text([to, about, ref]))


Written = tuple[Json, Json]
"""(what names the entry within its section, what else there is to say)."""


def _erasure(subject: Subject, scope: Any) -> Written:
    return [*scope], _plain(subject.erasures[scope])


def _milestone(subject: Subject, key: Any) -> Written:
    return [*key], _plain(subject.milestones[key])


def _customer_before(_: Subject, key: Any) -> Written:
    return [*key], []


def _change(_: Subject, key: Any) -> Written:
    *names, (at, event_id, offset, state) = key
    return [*names, event_id.hex()], [at, offset, state]


def _request(subject: Subject, key: Any) -> Written:
    request = subject.requests[key[0]]
    return [*key], [
        request.right, _or_none(request.received), request.identity, _or_none(request.identified), request.categories,
        request.outcome, _or_none(request.answered), request.reasons, _or_none(request.extended),
    ]  # fmt: skip


def _notice(subject: Subject, key: Any) -> Written:
    return [*key], _plain(subject.notices[key])


def _told(subject: Subject, key: Any) -> Written:
    return [*key], [subject.told[key]]


def _decision(_: Subject, key: Any) -> Written:
    ref, (at, event_id, *rest) = key
    return [ref, event_id.hex()], [at, *rest]


def _disclosure_request(subject: Subject, key: Any) -> Written:
    requested, categories = subject.disclosure_requests[key[0]]
    return [*key], [_plain(requested), categories]


def _rectified(subject: Subject, key: Any) -> Written:
    return [*key], _plain(subject.rectified[key])


_WRITE: Final[dict[str, Callable[[Subject, Any], Written]]] = {
    "erasures": _erasure,
    "milestones": _milestone,
    "customer_before": _customer_before,
    "consents": _change,
    "objections": _change,
    "requests": _request,
    "notices": _notice,
    "told": _told,
    "disclosures": _decision,
    "disclosure_requests": _disclosure_request,
    "rectified": _rectified,
    "uses": _decision,
    "holds": _decision,
}


def _read_erasure(subject: Subject, told: Json) -> None:
    by, store, categories, purposes, ref, *evidence = told
    subject.add_erasure((by, store, tuple(categories), tuple(purposes), ref), _evidence(evidence))


def _read_milestone(subject: Subject, told: Json) -> None:
    kind, ref, *evidence = told
    subject.reach(kind, ref, _evidence(evidence))


def _read_customer_before(subject: Subject, told: Json) -> None:
    kind, ref, at = told
    subject.customer_before.setdefault((kind, ref), []).append(at)


def _read_consent(subject: Subject, told: Json) -> None:
    purpose, channel, recipient, event_id, at, offset, state = told
    subject.add_consent((purpose, channel, recipient), (at, bytes.fromhex(event_id), offset, state))


def _read_objection(subject: Subject, told: Json) -> None:
    purpose, channel, event_id, at, offset, state = told
    subject.objections.setdefault((purpose, channel), []).append((at, bytes.fromhex(event_id), offset, state))


def _read_request(subject: Subject, told: Json) -> None:
    ref, right, received, identity, identified, categories, outcome, answered, reasons, extended = told
    subject.requests[ref] = Request(
        right, received and _evidence(received), identity, identified and _evidence(identified), tuple(categories), outcome,
        answered and _evidence(answered), tuple(Reason(*reason) for reason in reasons), extended and _evidence(extended),
    )  # fmt: skip
    subject.file_request(ref)


def _read_notice(subject: Subject, told: Json) -> None:
    to, about, ref, *evidence = told
    subject.notices[to, about, ref] = _evidence(evidence)


def _read_told(subject: Subject, told: Json) -> None:
    recipient, about, at = told
    subject.told[recipient, about] = at


def _read_decision(subject: Subject, told: Json) -> None:
    ref, event_id, at, offset, decision, notice, until, categories = told
    subject.disclosures.setdefault(ref, []).append((at, bytes.fromhex(event_id), offset, decision, notice, until, tuple(categories)))


def _read_disclosure_request(subject: Subject, told: Json) -> None:
    ref, requested, categories = told
    subject.disclosure_requests[ref] = (_evidence(requested), tuple(categories))


def _read_rectified(subject: Subject, told: Json) -> None:
    by, ref, category, *evidence = told
    subject.rectified[by, ref, category] = _evidence(evidence)


def _read_use(subject: Subject, told: Json) -> None:
    purpose, event_id, at, by, channel = told
    subject.uses.setdefault(purpose, []).append((at, bytes.fromhex(event_id), by, channel))


def _read_hold(subject: Subject, told: Json) -> None:
    ref, event_id, at, offset, kind, is_release, categories, store, until = told
    step = HoldStep(at, bytes.fromhex(event_id), offset, kind, is_release, tuple(categories), store, until)
    subject.holds.setdefault(ref, Hold()).steps.append(step)


_READ: Final[dict[str, Callable[[Subject, Json], None]]] = {
    "erasures": _read_erasure,
    "milestones": _read_milestone,
    "customer_before": _read_customer_before,
    "consents": _read_consent,
    "objections": _read_objection,
    "requests": _read_request,
    "notices": _read_notice,
    "told": _read_told,
    "disclosures": _read_decision,
    "disclosure_requests": _read_disclosure_request,
    "rectified": _read_rectified,
    "uses": _read_use,
    "holds": _read_hold,
}


def _text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _plain(evidence: Evidence) -> Json:
    return [evidence.at, evidence.event_id.hex(), evidence.offset]


def _or_none(evidence: Evidence | None) -> Json | None:
    return evidence and _plain(evidence)


def _evidence(plain: Json) -> Evidence:
    return Evidence(plain[0], bytes.fromhex(plain[1]), plain[2])
