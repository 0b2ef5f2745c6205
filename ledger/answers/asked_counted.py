"""The figures above the lists of requests and disclosures: of everything that may be seen, whatever page of the list is shown. Read-only.

Counted in the database. Two things no obligation and no state tells are worked out here, from what the database has brought together: until when the
controller has where nothing was called for, and what went out beyond what was granted. Each is what the list says of the same lines (requests.py,
disclosures.py). Source: docs/answers.md, "Requests", "Disclosures"; docs/duties.md sections 2 and 6.
"""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.disclosures import Granted, beyond
from ledger.answers.facts import schema_ids
from ledger.answers.requests import is_late
from ledger.answers.shapes_rights import DisclosuresCounted, RequestsCounted
from ledger.contract import codec
from ledger.core.request_clock import NOT_IDENTIFIED, clock_of, counting_at
from ledger.core.state import Evidence, Request


class Alike(NamedTuple):
    """Requests that are alike. is_late None: nothing was called for, so of these alone the moments are told: of receipt, of when it became known who
    asked (where that was not known at once), of an extension, and of the answer, or the ledger's time."""

    is_answered: bool
    is_paused: bool
    is_unsettled: bool
    is_refused: bool
    is_late: bool | None
    controller: str | None
    received: int | None
    identified: int | None
    extended: int | None
    ended: int | None
    requests: int


def requests_counted(asking: Asking, controller: str | None, is_open: bool, is_refused: bool) -> RequestsCounted:
    """Count requests by state; is_open: only those that are not closed; is_refused: only those refused, wholly or in part."""
    states = dict.fromkeys(("OPEN", "OVERDUE", "PAUSED", "UNSETTLED", "CLOSED"), 0)
    late = refused = 0
    with asking.snapshot() as seen:
        for each in map(Alike._make, seen.store.requests_counted(controller, is_open, is_refused, seen.time_reached)):
            is_behind = _is_late(seen, each)
            states[_state(each, is_behind)] += each.requests
            late += each.requests * is_behind
            refused += each.requests * each.is_refused
    return RequestsCounted(
        controller=controller, is_open=is_open, is_refused=is_refused, requests=sum(states.values()), open=states["OPEN"],
        overdue=states["OVERDUE"], paused=states["PAUSED"], unsettled=states["UNSETTLED"], closed=states["CLOSED"], late=late, refused=refused,
        freshness=seen.freshness(),
    )  # fmt: skip


def disclosures_counted(asking: Asking, controller: str | None) -> DisclosuresCounted:
    """Count disclosures by what the person was told, and those under which more went out than was granted. For officers, as the list."""
    with asking.snapshot() as seen:
        notices = {str(notice): int(number) for notice, number in seen.store.disclosures_counted(controller)}
        shares = seen.store.shares_under_disclosures(controller, schema_ids("DataShared"))
        exceeded = sum(any(_is_beyond(*row[1:]) for row in found) for _, found in groupby(shares, itemgetter(0, 1)))
    return DisclosuresCounted(
        controller=controller, disclosures=sum(notices.values()), due=notices.get("DUE", 0), barred=notices.get("BARRED", 0),
        given=notices.get("GIVEN", 0), beyond=exceeded, freshness=seen.freshness(),
    )  # fmt: skip


def _is_late(seen: Snapshot, of: Alike) -> bool:
    """As the list: by the date of what was called for, or else by the law and the policy at the receipt."""
    if of.is_late is not None:
        return of.is_late
    if of.controller is None or of.received is None or of.ended is None:
        raise ValueError("requests of which nothing was called for come with their moments")
    request = Request(received=_at(of.received), extended=None if of.extended is None else _at(of.extended))
    if of.identified is not None:
        request.identity, request.identified = NOT_IDENTIFIED, _at(of.identified)
    return is_late(clock_of(request, counting_at(seen.register().rules, of.controller, of.received), seen.time_reached).end, of.ended)


def _at(moment: int) -> Evidence:
    return Evidence(moment, b"", 0)


def _state(of: Alike, is_behind: bool) -> str:
    if of.is_answered:
        return "UNSETTLED" if of.is_unsettled else "CLOSED"
    return "PAUSED" if of.is_paused else "OVERDUE" if is_behind else "OPEN"


def _is_beyond(ref: str, value: bytes, asked: str, decided: str) -> bool:
    """Whether this share, if it is one under the disclosure, has more than was granted."""
    _, share = codec.decode(bytes(value))
    if share["disclosure_ref"] != ref:
        return False  # the reference stands in another field, or within another one
    steps = [Granted((at, bytes.fromhex(event_id)), decision, categories) for _, event_id, at, _, decision, _, _, categories in json.loads(decided)]
    return bool(beyond(share["categories"], (share["occurred_at"], share["event_id"]), json.loads(asked), steps))
