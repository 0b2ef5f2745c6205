"""The two halves of the fold's contract, on random histories, and a naive second fold that must agree.

State is a function of the set of facts: any order and any repeats end in the same state, offsets aside. Outcomes and rows are a function of the
log: however it is cut into batches, whatever leaves the cache, wherever state is stored and loaded again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.contract import codec
from ledger.core import rows
from ledger.core.entries import entry_row
from ledger.core.ids import subject_id
from ledger.core.subject import Subject
from tests.histories import CONTROLLER, DEPENDING_RULES, RULES, Event, event_id, histories, policies, project, projecting, records, subject_facts
from tests.memory_projection import MemoryProjection
from tests.naive_fold import acquisitions, held, naive_outcomes, term


def state_of(store: MemoryProjection, subject: str = "s1", controller: str = CONTROLLER) -> dict[str, Any]:
    """What is known of a subject, without places in the log and without what only the order of the log decides (obligations)."""
    found = store.load([subject_id(controller, subject)]).get(subject_id(controller, subject))
    if found is None:
        return {}
    whole = rows.subject_of(controller, subject, found.subject, found.holdings, [], found.entries)
    return {
        "holdings": {
            key: (
                {category: evidence[:2] for category, evidence in holding.categories.items()},
                holding.erased, holding.latest[:2], holding.attributes, holding.due_at, holding.rule, [e.event_id for e in holding.anchors],
            )
            for key, holding in whole.holdings.items()
        },
        "erasures": {scope: evidence[:2] for scope, evidence in whole.erasures.items()},
        "milestones": {key: evidence[:2] for key, evidence in whole.milestones.items()},
        "customer_before": whole.customer_before,
        "consents": {key: [(c[0], c[1], c[3]) for c in changes] for key, changes in whole.consents.items()},
        "objections": {key: [(c[0], c[1], c[3]) for c in changes] for key, changes in whole.objections.items()},
        "requests": {
            ref: (
                r.right, r.received and r.received[:2], r.identity, r.categories, r.outcome, r.answered and r.answered[:2], r.reasons,
                r.extended and r.extended[:2], r.identified and r.identified[:2],
            )
            for ref, r in whole.requests.items()
        },
        "holds": {ref: [step._replace(offset=0) for step in hold.steps] for ref, hold in whole.holds.items()},
        "rectified": {key: evidence[:2] for key, evidence in whole.rectified.items()},
        "disclosures": {ref: [(d[0], d[1], *d[3:]) for d in decisions] for ref, decisions in whole.disclosures.items()},
        "disclosure_requests": {ref: (evidence[:2], categories) for ref, (evidence, categories) in whole.disclosure_requests.items()},
        "notices": {key: evidence[:2] for key, evidence in whole.notices.items()},
        "key_destroyed": whole.key_destroyed and whole.key_destroyed[:2],
    }  # fmt: skip


def fold_in_batches(log: list[Event], cuts: set[int], *, commit_late: bool = False, cache: int = 50_000, restart: bool = False) -> MemoryProjection:
    """Fold a log cut before each place in `cuts`. commit_late: a batch is stored only after the next one is folded. cache: subjects, as many ids."""
    store, made = MemoryProjection(), records(log)
    places = sorted({0, len(made), *(cut % (len(made) + 1) for cut in cuts)})
    fold = projecting(store, cache_subjects_max=cache, recent_events_max=cache)
    waiting = None
    for first, end in pairwise(places):
        if restart:
            fold = projecting(store, cache_subjects_max=cache, recent_events_max=cache)
        delta = fold.project(made[first:end])
        if commit_late:
            if waiting is not None:
                store.write(waiting)
                fold.note_committed(waiting.number)
            waiting = delta
        else:
            store.write(delta)
            fold.note_committed(delta.number)
    if waiting is not None:
        store.write(waiting)
    return store


@pytest.mark.parametrize("depending", [False, True])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_order_and_repeats_of_a_subjects_facts_end_in_the_same_state(depending: bool, data: st.DataObject) -> None:
    facts = data.draw(subject_facts(depending=depending))
    rules = data.draw(policies(1001, DEPENDING_RULES if depending else RULES))
    other = data.draw(st.permutations(facts))
    repeats = data.draw(st.lists(st.sampled_from(facts), max_size=3))
    place = data.draw(st.integers(0, len(other)))

    one = project([rules, *facts])
    two = project([*other[:place], rules, *other[place:], *repeats])

    assert state_of(one) == state_of(two)


@pytest.mark.parametrize("depending", [False, True])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_holdings_are_what_a_naive_reader_makes_of_the_facts(depending: bool, data: st.DataObject) -> None:
    facts = data.draw(subject_facts(depending=depending))
    rules = data.draw(policies(1001, DEPENDING_RULES if depending else RULES))
    found = state_of(project([rules, *facts]))["holdings"] if project([rules, *facts]).holdings else {}

    naive = {}
    for key, got in acquisitions(facts).items():
        have, gone = held(facts, key, got)
        rule, due = term([rules[1]], facts, key, got)
        naive[key] = (have, gone, (got[-1]["occurred_at"], got[-1]["event_id"]), due, rule and rule["id"])
    assert {key: (*line[:3], *line[4:6]) for key, line in found.items()} == naive


@settings(max_examples=250, deadline=None)
@given(histories())
def test_obligations_are_raised_and_settled_where_a_naive_reader_says(log: list[Event]) -> None:
    store = project(log)

    told = []
    raised: dict[bytes, tuple[Any, ...]] = {}
    for (_, offset, _), row in sorted(store.outcomes.items()):
        name, fields = codec.decode(row[6])
        if not name.startswith("Obligation") or fields["kind"] != "ERASE":
            continue
        if name == "ObligationRaised":
            key = tuple(fields[part] for part in ("holder", "store", "purpose", "ref", "received_from"))
            raised[fields["obligation_id"]] = (fields["subject_ref"], key, tuple(fields["categories"]), fields["rule"])
        told.append((offset, name.removeprefix("Obligation").upper(), *raised[fields["obligation_id"]]))
    assert sorted(told, key=repr) == naive_outcomes(log)


@settings(max_examples=150, deadline=None)
@given(histories(), st.sets(st.integers(0, 30), max_size=6))
def test_cutting_into_batches_changes_no_row(log: list[Event], cuts: set[int]) -> None:
    assert fold_in_batches(log, cuts).tables() == project(log).tables()


@settings(max_examples=60, deadline=None)
@given(histories(), st.sets(st.integers(0, 30), max_size=6))
def test_committing_a_batch_late_changes_no_row(log: list[Event], cuts: set[int]) -> None:
    assert fold_in_batches(log, cuts, commit_late=True, cache=0).tables() == project(log).tables()


@settings(max_examples=60, deadline=None)
@given(histories(), st.sets(st.integers(0, 30), max_size=6))
def test_dropping_the_cache_and_starting_again_changes_no_row(log: list[Event], cuts: set[int]) -> None:
    assert fold_in_batches(log, cuts, cache=0).tables() == project(log).tables()
    assert fold_in_batches(log, cuts, restart=True).tables() == project(log).tables()


@settings(max_examples=60, deadline=None)
@given(histories())
def test_storing_and_loading_after_every_record_changes_no_row(log: list[Event]) -> None:
    assert fold_in_batches(log, set(range(len(log))), restart=True).tables() == project(log).tables()


@settings(max_examples=60, deadline=None)
@given(histories())
def test_rows_read_back_are_the_same_rows(log: list[Event]) -> None:
    store = project(log)

    for row in store.holding_rows():
        subject = rows.subject_of(row[3], row[4], None, [row], [])
        assert rows.holding_row(subject, row[2], next(iter(subject.holdings.values()))) == row
    for row in store.subjects.values():
        entries = list(store.entries.get(row[0], {}).values())
        subject = rows.subject_of(row[2], row[3], row, [], [], entries)
        assert rows.subject_row(subject, row[1]) == row
        assert sorted(entry_row(subject, row[1], *place) for place in places(subject)) == sorted(entries)


def places(subject: Subject) -> list[tuple[str, tuple[Any, ...]]]:
    """All entries of a subject, as `Subject.note` names them."""
    plain = ("erasures", "milestones", "notices", "told", "rectified")
    found = [(section, key) for section in plain for key in getattr(subject, section)]
    found += [(section, (key,)) for section in ("requests", "disclosure_requests") for key in getattr(subject, section)]
    for section in ("consents", "objections"):
        found += [(section, (*key, change)) for key, changes in getattr(subject, section).items() for change in changes]
    for section in ("uses", "disclosures"):
        found += [(section, (key, step)) for key, steps in getattr(subject, section).items() for step in steps]
    found += [("customer_before", (*key, at)) for key, moments in subject.customer_before.items() for at in moments]
    found += [("holds", (ref, step)) for ref, hold in subject.holds.items() for step in hold.steps]
    return found


@settings(max_examples=60, deadline=None)
@given(histories())
def test_every_outcome_has_an_id_of_its_own(log: list[Event]) -> None:
    ids = [row[4] for row in project(log).outcomes.values()]

    assert len(ids) == len(set(ids))
    assert event_id(1) not in ids
