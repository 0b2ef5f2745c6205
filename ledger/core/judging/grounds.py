"""What a verdict on an act rests on besides the act: the steps of the person, the register entries and the policy that decided it.

Pure. Asked only of an act that broke something, with the subject that the need itself was asked of; never asks for more history. Source:
docs/judging.md section 1; GDPR Art. 5(2); promise X-06.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ledger.core.conditions import COUNTED_PURPOSES, Terms
from ledger.core.customer import CUSTOMER_KINDS
from ledger.core.holdings import covers, scope_of
from ledger.core.ids import HoldingKey
from ledger.core.judging import needs_of_collections as collections
from ledger.core.judging import needs_of_requests as requests
from ledger.core.judging import needs_of_shares as shares
from ledger.core.judging import needs_of_uses as uses
from ledger.core.judging.asked import Asked
from ledger.core.judging.choices import last_words, latest
from ledger.core.judging.then import is_before
from ledger.core.retention import due_of, rule_of
from ledger.core.state import Evidence
from ledger.core.withstanding import SUPPRESSION


def grounds_of(asked: Asked) -> frozenset[bytes]:
    """Ids of the events that the broken condition was decided by, in no order: those that were known at the act, the policy among them."""
    found = {asked.published.event_id}
    if asked.condition.at_most is not None:
        found.update(event_id for _, event_id in uses.sends_before(asked, asked.condition.at_most))
    for need in asked.condition.needs:
        look = _GROUNDS.get(need)
        if look is not None:
            found.update(look(asked))
    return frozenset(found - {asked.moment[1]})


def _agreements(asked: Asked) -> Iterator[bytes]:
    """The latest state of each agreement that could have been the one: where it was in force, it falls short; where not, it says so."""
    fields = asked.fields
    for name, states in asked.rules.agreements.get((fields["controller"], fields["recipient"]), {}).items():
        begun = [state for state in states if state["in_force_from"] <= asked.moment[0]]
        if begun and fields["agreement"] in (None, name):
            yield begun[-1]["event_id"]


def _register_entry(asked: Asked) -> Iterator[bytes]:
    entry = shares.recipient_of(asked)
    if entry is not None:
        yield entry["event_id"]


def _decision(asked: Asked) -> Iterator[bytes]:
    decision = shares.decision_on(asked)
    if decision is not None:
        yield decision[1]
    request = asked.subject.disclosure_requests.get(asked.fields["disclosure_ref"])
    yield from _before(asked, () if request is None else (request[0],))


def _consent(asked: Asked) -> Iterator[bytes]:
    """The last word on each channel that was looked at."""
    channel, recipient = asked.fields.get("channel"), asked.fields.get("recipient")
    for purpose in uses.purposes_of(asked):
        yield from (step[1] for step in last_words(asked.subject, purpose, channel, recipient, asked.moment))


def _objections(asked: Asked, purposes: Terms) -> Iterator[bytes]:
    yield from (step[1] for step in uses.objections_to(asked, purposes))


def _holdings(asked: Asked) -> Iterator[bytes]:
    """How the one who acts got what it has of these categories, whatever it has them for; and what it erased of what it had for this."""
    by, subject = asked.fields.get("by", asked.subject.controller), asked.subject
    gone: set[tuple[HoldingKey, str]] = set()
    for key, holding in subject.holdings.items():
        if key[0] == by:
            yield from _before(asked, (first for category, first in holding.categories.items() if category in asked.act.categories))
            gone.update((key, category) for category in holding.erased if key[2] == asked.fields["purpose"] and category in asked.act.categories)
    for scope, evidence in subject.erasures.items():
        if any(covers(scope, key, category) for key, category in gone):
            yield from _before(asked, (evidence,))


def _restriction(asked: Asked) -> Iterator[bytes]:
    return (step.event_id for step in uses.restrictions_on(asked))


def _customer(asked: Asked) -> Iterator[bytes]:
    for kind in CUSTOMER_KINDS:
        yield from _before(asked, asked.subject.reached.get(kind, {}).values())


def _session(asked: Asked) -> Iterator[bytes]:
    steps = (asked.subject.milestones.get((kind, asked.fields["ref"])) for kind in ("LOGGED_IN", "LOGGED_OUT"))
    yield from _before(asked, (step for step in steps if step is not None))


def _request(asked: Asked) -> Iterator[bytes]:
    """The request that is answered, or that an erasure or a correction was because of."""
    name = {"erase": "request_ref", "rectify": "because_of"}.get(asked.act.kind, "request_ref")
    request = asked.subject.requests.get(asked.fields[name])
    if request is not None:
        yield from _before(asked, (each for each in (request.received, request.identified) if each is not None))


def _exports(asked: Asked) -> Iterator[bytes]:
    requests = (request for _, request in asked.subject.requests_for("PORTABILITY"))
    yield from _before(asked, (request.received for request in requests if request.received is not None))


def _kept(asked: Asked) -> Iterator[bytes]:
    """What was to be kept, and what its term counts from."""
    subject, scope = asked.subject, scope_of(asked.fields)
    for holding in subject.holdings_of(scope[0], scope[4]):
        taken = [first for category, first in holding.categories.items() if covers(scope, holding.key, category)]
        published = asked.rules.policy_at(subject.controller, holding.since) if taken else None
        rule = None if published is None else rule_of(subject, holding, published.policy)
        if published is not None and rule is not None and rule.id == asked.condition.id:
            due = due_of(subject, holding, rule, published.zone)
            yield published.event_id
            yield from _before(asked, (*taken, *(() if due is None else due[1])))


def _suppression(asked: Asked) -> Iterator[bytes]:
    for (purpose, _), changes in asked.subject.objections.items():
        step = latest(changes, asked.moment) if purpose in COUNTED_PURPOSES else None
        if step is not None and step[3] == "RAISED":
            yield step[1]
    for key, holding in asked.subject.holdings.items():
        if key[2] == SUPPRESSION:
            yield from _before(asked, holding.categories.values())


def _before(asked: Asked, steps: Iterable[Evidence]) -> Iterator[bytes]:
    return (step.event_id for step in steps if is_before(step, asked.moment))


_GROUNDS: Final[dict[str, Callable[[Asked], Iterable[bytes]]]] = {
    "agreement": _agreements,
    "registered": _register_entry,
    "registered_role": _register_entry,
    "extension": _register_entry,
    "transfer": _register_entry,
    "stated_recipient": _register_entry,
    "stated_safeguard": _register_entry,
    "disclosure_notice": _decision,
    "decided": _decision,
    "not_refused": _decision,
    "consent": _consent,
    "not_withdrawn": _consent,
    "no_objection": lambda asked: _objections(asked, uses.purposes_of(asked)),
    "no_objection_to": lambda asked: _objections(asked, asked.condition.objections),
    "held_for_purpose": _holdings,
    "unrestricted": _restriction,
    "customer": _customer,
    "open_session": _session,
    "own_record": lambda asked: (first.event_id for first in collections.records_before(asked)),
    "identity": _request,
    "done": _request,
    "service_ended": lambda asked: (start.event_id for start in requests.running_services(asked)),
    "term_ended": _kept,
    "objection_ended": _suppression,
    "exported": _exports,
}
"""Need -> what it looked at. One that is not here looks at the act alone, or at what is missing: a reference, a notice, a reason."""
