"""What a controller processes as the processor of its customers: the activities that its policy marks so, what was seen of each, and who got it.

A share names no activity. So a recipient has data of an activity when it got a category of it for one of its purposes, or for a purpose for which no
other activity of the policy has that category: what the policy does not explain otherwise is said. Who got it for an inquiry is left out: it is
nobody's processor, and the customer need not be allowed to know. Source: docs/answers.md, "Processor statement"; GDPR Art. 28(3), 30(2); WH-13.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ledger.answers.agreements import agreement_state
from ledger.answers.asking import Snapshot
from ledger.answers.data_processors import PROCESSOR_ROLES, chains, processors
from ledger.answers.mixes import Mix, Sum, events_of
from ledger.answers.people import people_of_parts
from ledger.answers.presentation import term, terms
from ledger.answers.processing_register import terms_in_words
from ledger.answers.recipients import Shared, Whom, entry_of, shared
from ledger.answers.safeguards import is_outside, safeguard_answer
from ledger.answers.shapes_processor import CustomersProcessing, ProcessingStore, SubProcessor
from ledger.answers.shapes_sharing import SafeguardAnswer
from ledger.answers.stated_record import security_of
from ledger.core.policy import Activity, Policy
from ledger.core.rules import PolicyInForce
from ledger.core.withstanding import INQUIRERS

SUB_PROCESSOR_ROLES: Final = PROCESSOR_ROLES | {"supplier"}
"""A supplier may get the hoster's own data as one that decides for itself; a customer's data it can only have on that customer's behalf."""


def customers_processing(seen: Snapshot, controller: str, published: PolicyInForce | None, mixes: list[Mix]) -> list[CustomersProcessing]:
    """Each activity that is done on behalf of customers, in the order of the policy. Within the snapshot."""
    activities = [each for each in published.policy.activities.values() if each.on_behalf_of is not None] if published else []
    if published is None or not activities:
        return []
    people = people_of_parts(seen, controller)
    return [_processing(seen, controller, published, each, mixes, people.get((controller, True, each.name), 0)) for each in activities]


def _processing(
    seen: Snapshot, controller: str, published: PolicyInForce, activity: Activity, mixes: list[Mix], subjects: int
) -> CustomersProcessing:
    own = [mix for mix in mixes if mix.received_from is None and mix.activity == activity.name]
    was = Sum()
    for mix in own:
        was.add(mix)
    was.places.told.append(seen.register().event(published.event_id))
    (rests_on,) = events_of(seen, (was.places,))
    passed_on = [found for mix in mixes if mix.received_from is not None and (found := _of_activity(published.policy, activity, was, mix))]
    return CustomersProcessing(
        activity=activity.name,
        title=activity.title,
        title_nl=activity.title_nl or None,
        promises=activity.promises,
        purposes=terms("purposes", sorted(activity.purposes)),
        categories=terms("categories", sorted(activity.categories)),
        held=terms("categories", sorted(was.categories)),
        stores=_stores(seen, published, activity, own),
        terms=terms_in_words(published.policy, activity),
        security=security_of(published.policy, activity),
        subjects=subjects,
        holdings=was.holdings,
        since=was.since,
        sub_processors=tuple(_sub_processors(seen, controller, published, passed_on, chains(controller, mixes))),
        rests_on=rests_on,
        more=was.more(),
    )


def _of_activity(policy: Policy, activity: Activity, was: Sum, mix: Mix) -> Mix | None:
    """What of a recipient's holdings is data of the activity; None when nothing is. was: what the controller has or had of it."""
    known = activity.categories | was.categories | was.erased
    others = [each for each in policy.activities.values() if each is not activity and mix.purpose in each.purposes]
    explained = frozenset[str]() if mix.purpose in activity.purposes else frozenset(each for other in others for each in other.categories)
    held, erased = (tuple(each for each in found if each in known - explained) for found in (mix.categories, mix.erased))
    return mix._replace(categories=held, erased=erased) if held or erased else None


def _stores(seen: Snapshot, published: PolicyInForce, activity: Activity, own: Iterable[Mix]) -> tuple[ProcessingStore, ...]:
    """The declared stores in their order, then others that hold something now. What names no country counts for the declared one."""
    declared: dict[tuple[str, str | None], str | None] = {(store.name, store.country): None for store in activity.stores}
    found = dict(declared)
    for mix in sorted((mix for mix in own if mix.categories and mix.store is not None), key=repr):
        place = (mix.store or "", mix.country or activity.country_of(mix.store or ""))
        found[place] = found.get(place) or mix.safeguard
    at, law = seen.time_reached, published.law
    return tuple(
        ProcessingStore(
            store=store,
            country=country,
            is_declared=(store, country) in declared,
            transfer=safeguard_answer(law, country, safeguard, None, at) if country is not None and is_outside(law, country, at) else None,
        )
        for (store, country), safeguard in found.items()
    )


def _sub_processors(
    seen: Snapshot, controller: str, published: PolicyInForce, passed_on: list[Mix], ways: dict[str, tuple[str, ...]]
) -> list[SubProcessor]:
    """Who got it to process, and whoever had it from one of them. ways: how all data went, where this went another way than from the controller."""
    found = processors(published.policy, {whom: has for whom, has in shared(passed_on).items() if whom[2] not in INQUIRERS}, SUB_PROCESSOR_ROLES)
    ways, places = ways | chains(controller, passed_on), _places(passed_on)
    lines = [
        _sub_processor(seen, published, whom, has, ways.get(whom[1], (controller, whom[1])), places.get(whom, ())) for whom, has in found.items()
    ]
    return sorted(lines, key=lambda each: (each.chain, each.role))


def _places(passed_on: Iterable[Mix]) -> dict[Whom, set[tuple[str | None, str | None]]]:
    """Whom -> (country, safeguard) of what is held there now, as the shares say it."""
    found: dict[Whom, set[tuple[str | None, str | None]]] = {}
    for mix in passed_on:
        if mix.categories:
            found.setdefault((mix.controller, mix.holder, mix.role or ""), set()).add((mix.country, mix.safeguard))
    return found


def _transfers(
    published: PolicyInForce, places: Iterable[tuple[str | None, str | None]], entry: dict[str, Any] | None, at: int
) -> tuple[SafeguardAnswer, ...]:
    """What is outside the EU, or nobody knows where, and what that rests on. What a share leaves out, the register says."""
    country_of = None if entry is None else entry["country"]
    found = [(country or country_of, safeguard) for country, safeguard in sorted(places, key=repr)]
    outside = [(country, safeguard) for country, safeguard in found if country is None or is_outside(published.law, country, at)]
    return tuple(dict.fromkeys(safeguard_answer(published.law, country, safeguard, entry, at) for country, safeguard in outside))


def _sub_processor(
    seen: Snapshot, published: PolicyInForce, whom: Whom, has: Shared, chain: tuple[str, ...], places: Iterable[tuple[str | None, str | None]]
) -> SubProcessor:
    """By law who processes for a processor has an agreement with it (Art. 28(4)): who has it from the controller, with the controller."""
    controller, recipient, role = whom
    register, at = seen.register(), seen.time_reached
    entry = entry_of(register, controller, recipient, at)
    agreement = agreement_state(register, published.policy, controller, recipient, role, has.held(), at, by_law=len(chain) == 2)
    has.places.told += [register.event(entry["event_id"])] if entry is not None else []
    has.places.told += [each.event for each in agreement.agreements]
    (rests_on,) = events_of(seen, (has.places,))
    return SubProcessor(
        processor=recipient,
        role=term("recipient_roles", role),
        chain=chain,
        country=None if entry is None else entry["country"],
        countries=tuple(sorted(has.countries)),
        holdings=has.holdings,
        gets=has.gets(),
        agreement=agreement,
        transfers=_transfers(published, places, entry, at),
        rests_on=rests_on,
        more=has.more(),
    )
