"""The register of processing: what the policy declares against what was seen, with the differences both ways. Reads all holdings once; without the
facts that it rests on, tallies alone.

Observed is what holdings show, data that is gone included; so a difference stays until the log itself is made again. Where data came from (origin)
is in no holding, and is not compared. Source: docs/answers.md, "Register of processing"; GDPR Art. 30(1); X-04.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ledger.answers.answering import term_text
from ledger.answers.asking import Asking, Snapshot
from ledger.answers.mixes import Mix, Places, Sum, events_of, read_mixes, tallied_mixes
from ledger.answers.people import people_of_parts
from ledger.answers.presentation import term
from ledger.answers.recipients import entry_of
from ledger.answers.safeguards import is_outside, safeguard_answer
from ledger.answers.shapes import Event, Term
from ledger.answers.shapes_register import Declared, DisclosureLine, NotDeclared, ProcessingLine, RegisterAnswer
from ledger.answers.shapes_sharing import SafeguardAnswer
from ledger.answers.stated_record import contacts_of, data_subjects_of, register_leaves_open, security_of
from ledger.core.conditions import NONE
from ledger.core.policy import Activity, Policy, RecipientRule
from ledger.core.retention_rule import RetentionRule
from ledger.core.rules import PolicyInForce


def processing_register(asking: Asking, controller: str, *, with_facts: bool = True) -> RegisterAnswer:
    """Lay what a controller's policy declares beside what its ledger saw; activities and roles in the order of the policy, then undeclared ones.

    with_facts: else tallies are read alone, and no fact is named that something rests on; all else is the same.
    """
    with asking.snapshot() as seen:
        register = seen.register()
        published = register.rules.policy_at(controller, seen.time_reached)
        own, shared = _sums(read_mixes(seen, controller) if with_facts else tallied_mixes(seen, controller))
        if with_facts:
            _find_categories(seen, controller, published and published.policy, own, shared)
        people = people_of_parts(seen, controller)
        policy = published.policy if published else None
        names = [*(policy.activities if policy else ()), *sorted(set(own) - set(policy.activities if policy else ()))]
        roles = [*(policy.recipients if policy else ()), *sorted(set(shared) - set(policy.recipients if policy else ()))]
        event = register.event(published.event_id) if published else None
        activities = [_activity(seen, controller, policy, event, name, own.get(name), people.get((controller, True, name), 0)) for name in names]
        recipients = [
            _role(seen, controller, published, event, role, shared.get(role), people.get((controller, False, role), 0)) for role in roles
        ]
    return RegisterAnswer(
        controller=controller,
        statement=policy.title if policy else None,
        version=policy.version if policy else None,
        in_force_from=published.in_force_from if published else None,
        policy=event,
        contacts=contacts_of(policy),
        data_subjects=data_subjects_of(policy),
        security=security_of(policy),
        activities=tuple(activities),
        recipients=tuple(recipients),
        differences=sum(map(_differences, activities)) + sum(map(_differences, recipients)),
        not_covered=register_leaves_open(policy),
        freshness=seen.freshness(),
    )


@dataclass(slots=True)
class _Found:
    """Where one thing was seen, and in how many holdings."""

    places: Places = field(default_factory=Places)
    holdings: int = 0

    def add(self, partition: int | None, first: int | None, latest: int | None, holdings: int) -> None:
        self.places.add(partition, first, latest)
        self.holdings += holdings


class _Seen(Sum):
    """What was seen of one activity or role. places_of: the safeguards under which each country was reached, of what is held now.

    found: (kind, value) -> where it was seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.places_of: set[tuple[str, str, str | None]] = set()
        self.found: dict[tuple[str, str], _Found] = {}

    def add(self, mix: Mix) -> None:
        super().add(mix)
        named = [("purposes", mix.purpose), ("legal_bases", mix.legal_basis), ("recipients", mix.holder)]
        named += [("stores", _store(mix.store, mix.country))] if mix.store is not None else []
        for name, value in named:
            self.values.setdefault(name, set()).add(value)
        # A holding that has forgotten a category knows no more which fact brought it: its latest one stands for that. Where nobody looked for facts,
        # what is held is as little known by them.
        forgotten = mix.erased if mix.first is not None else (*mix.erased, *mix.categories)
        for name, value in (*named, *(("categories", each) for each in forgotten)):
            self.add_place(name, value, mix.partition, mix.first, mix.latest, mix.holdings)
        if mix.categories and mix.country is not None:
            self.places_of.add((mix.holder, mix.country, mix.safeguard))

    def add_place(self, name: str, value: str, partition: int | None, first: int | None, latest: int | None, holdings: int) -> None:
        """Say that holdings with a value stand between two facts of a partition."""
        self.found.setdefault((name, value), _Found()).add(partition, first, latest, holdings)

    def of(self, name: str) -> set[str]:
        return self.values.get(name, set())


def _find_categories(seen: Snapshot, controller: str, policy: Policy | None, own: dict[str, _Seen], shared: dict[str, _Seen]) -> None:
    """Find the facts that brought categories that are not declared: a holding has several facts, and its latest one need not name them."""
    activities: Mapping[str, Activity] = policy.activities if policy else {}
    roles: Mapping[str, RecipientRule] = policy.recipients if policy else {}
    asked = {c for name, was in own.items() for c in was.categories - (activities[name].categories if name in activities else NONE)}
    asked |= {c for role, was in shared.items() if role not in roles for c in was.categories}
    asked |= {c for role, was in shared.items() if role in roles and roles[role].categories for c in was.categories - roles[role].categories}
    for is_own, activity, role, category, *place in seen.store.places_of_categories(controller, asked) if asked else ():
        (own[activity or ""] if is_own else shared[role or ""]).add_place("categories", category, *place)


def _sums(mixes: Iterable[Mix]) -> tuple[dict[str, _Seen], dict[str, _Seen]]:
    """What was seen by activity, and by role of recipients."""
    own: dict[str, _Seen] = {}
    shared: dict[str, _Seen] = {}
    for mix in mixes:
        found, name = (own, mix.activity) if mix.received_from is None else (shared, mix.role)
        found.setdefault(name or "", _Seen()).add(mix)
    return own, shared


def _never_seen(event: Event | None) -> _Seen:
    """Nothing: a line about it rests on the policy alone that declares it."""
    was = _Seen()
    was.places.told += [event] if event else []
    return was


def _activity(
    seen: Snapshot, controller: str, policy: Policy | None, event: Event | None, name: str, found: _Seen | None, subjects: int
) -> ProcessingLine:
    declared = policy.activities.get(name) if policy else None
    was = found or _never_seen(event)
    (rests_on,) = events_of(seen, (was.places,))
    return ProcessingLine(
        controller=controller,
        activity=name,
        title=declared.title if declared else None,
        title_nl=(declared.title_nl or None) if declared else None,
        is_declared=declared is not None,
        is_observed=found is not None,
        promises=declared.promises if declared else (),
        necessity=declared.necessity if declared else None,
        purposes=_compared(seen, was, "purposes", declared.purposes if declared else (), was.of("purposes")),
        categories=_compared(seen, was, "categories", declared.categories if declared else (), was.categories | was.erased),
        legal_bases=_compared(seen, was, "legal_bases", declared.legal_bases if declared else (), was.of("legal_bases")),
        stores=_stores(seen, was, declared),
        terms=terms_in_words(policy, declared),
        data_subjects=data_subjects_of(policy if declared else None, declared),
        security=security_of(policy if declared else None, declared),
        subjects=subjects,
        holdings=was.holdings,
        rests_on=rests_on,
        more=was.more(),
    )


def _role(
    seen: Snapshot, controller: str, published: PolicyInForce | None, event: Event | None, role: str, found: _Seen | None, subjects: int
) -> DisclosureLine:
    rule = published.policy.recipients.get(role) if published else None
    was = found or _never_seen(event)
    (rests_on,) = events_of(seen, (was.places,))
    return DisclosureLine(
        controller=controller,
        role=term("recipient_roles", role),
        is_declared=rule is not None,
        is_observed=found is not None,
        promises=rule.promises if rule else (),
        recipients=tuple(sorted(was.of("recipients"))),
        purposes=_compared(seen, was, "purposes", rule.purposes if rule else (), was.of("purposes"), any_goes=rule is not None and not rule.purposes),
        categories=_compared(
            seen, was, "categories", rule.categories if rule else (), was.categories | was.erased, any_goes=rule is not None and not rule.categories
        ),
        transfers=_transfers(seen, controller, published, was),
        subjects=subjects,
        holdings=was.holdings,
        rests_on=rests_on,
        more=was.more(),
    )


def _compared(
    seen: Snapshot, was: _Seen, kind: str, declared: Collection[str], observed: Collection[str], *, any_goes: bool = False
) -> Declared:
    """Both lists and what only one of them has. any_goes: the policy names none, which declares any."""
    words = {each: term(kind, each) for each in (*declared, *observed)}
    return _of_terms(seen, was, kind, words, declared, observed, any_goes=any_goes)


def _of_terms(
    seen: Snapshot, was: _Seen, kind: str, words: Mapping[str, Term], declared: Collection[str], observed: Collection[str], *, any_goes: bool = False
) -> Declared:
    here, there = set(declared), set(observed)
    undeclared = [] if any_goes else sorted(there - here)
    found = [was.found.get((kind, each), _Found()) for each in undeclared]
    events = events_of(seen, [each.places for each in found])
    return Declared(
        declared=tuple(words[each] for each in sorted(here)),
        observed=tuple(words[each] for each in sorted(there)),
        not_declared=tuple(
            NotDeclared(term=words[each].term, label=words[each].label, rests_on=rests_on, more=max(0, place.holdings - len(rests_on)))
            for each, place, rests_on in zip(undeclared, found, events, strict=True)
        ),
        never_observed=tuple(words[each] for each in sorted(here - there)),
    )


def _stores(seen: Snapshot, was: _Seen, declared: Activity | None) -> Declared:
    """By `store (country)`: the same store in another country is another place. What names no country counts for the declared one."""
    places = {store.name: _store(store.name, store.country) for store in declared.stores} if declared else {}
    known = {places.get(each, each) for each in was.of("stores")}
    return _of_terms(seen, was, "stores", {each: Term(each, each) for each in (*places.values(), *known)}, places.values(), known)


def _store(name: str, country: str | None) -> str:
    return name if country is None else f"{name} ({country})"


def terms_in_words(policy: Policy | None, declared: Activity | None) -> tuple[str, ...]:
    """The rules that cover the activity's own holdings, in words; several when its purposes, or customers and others, have their own."""
    if policy is None or declared is None:
        return ()
    found = [
        policy.rule_for(True, declared.name, "", purpose, declared.categories, customer)
        for customer in (False, True)
        for purpose in sorted(declared.purposes)
    ]
    texts = [_term_text(rule) for rule in dict.fromkeys(rule for rule in found if rule is not None)]
    return (*texts, *(["no term stated"] if None in found else []))


def _term_text(rule: RetentionRule) -> str:
    whom = {None: "", True: "customers: ", False: "others: "}[rule.customer]
    return f"{rule.id}: {whom}{term_text(rule)} after {'/'.join(rule.anchors)}" + (f" ({rule.statute})" if rule.statute else "")


def _transfers(seen: Snapshot, controller: str, published: PolicyInForce | None, was: _Seen) -> tuple[SafeguardAnswer, ...]:
    """Where the recipients of a role have it outside the EU, and on what, by the ledger's time; each once."""
    law, at = published.law if published else None, seen.time_reached
    found = [
        safeguard_answer(law, country, safeguard, entry_of(seen.register(), controller, recipient, at), at)
        for recipient, country, safeguard in sorted(was.places_of, key=repr)
        if is_outside(law, country, at)
    ]
    return tuple(dict.fromkeys(found))


def _differences(line: ProcessingLine | DisclosureLine) -> int:
    """How many things only one side has; a line that only one side has counts once."""
    if not line.is_declared or not line.is_observed:
        return 1
    headings = [line.purposes, line.categories, *([line.legal_bases, line.stores] if isinstance(line, ProcessingLine) else [])]
    return sum(len(each.not_declared) + len(each.never_observed) for each in headings)
