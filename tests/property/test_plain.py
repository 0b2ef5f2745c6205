"""Many subjects of whom nothing but holdings is known, and ticks that make them due: folded from their rows as from their state."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.core.ids import subject_id
from ledger.core.plain import DueHolding
from tests.histories import CATEGORIES, CONTROLLER, Event, collected, erased, milestone, policy, project, records, rule, shared, tick
from tests.memory_projection import MemoryProjection
from tests.property.test_chunks import CHUNKS, CUTS, Life, live

SUBJECTS = st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6"])
REFS = st.sampled_from([None, "r1", "r2"])
PURPOSES = st.lists(st.sampled_from(["dpv:ServiceProvision", "dpv:DirectMarketing"]), min_size=1, unique=True)


@st.composite
def plain_logs(draw: st.DrawFn) -> list[Event]:
    """Collections and shares, very few other facts, policies and ticks close to each other."""
    log: list[Event] = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        about = {"subject": draw(SUBJECTS), "ref": draw(REFS)}
        of = draw(st.sampled_from(["collected"] * 8 + ["shared"] * 4 + ["milestone", "erased"]))
        day = draw(st.integers(0, 20))
        if of == "collected":
            about |= {"purposes": draw(PURPOSES), "store": draw(st.sampled_from(["crm", "web"]))}
            log.append(collected(number, day, categories=draw(CATEGORIES), **about))
        elif of == "shared":
            log.append(shared(number, day, categories=draw(CATEGORIES), recipient=draw(st.sampled_from(["SIDN", "Adyen"])), **about))
        elif of == "milestone":
            log.append(milestone(number, day, "SERVICE_ENDED", **about))
        else:
            log.append(erased(number, day, **about))
    for number in range(1001, 1001 + draw(st.integers(1, 2))):
        days, kept = draw(st.integers(1, 9)), draw(st.sampled_from(["at_most", "at_most", "at_least"]))
        rules = [rule("R-1", days, kept=kept), rule("R-2", days + 1, holder="recipient", kept=kept)]
        log.insert(draw(st.integers(0, 0 if number == 1001 else len(log))), policy(number, 0, rules, format=5))
    places = sorted(draw(st.lists(st.integers(1, len(log)), min_size=1, max_size=4)) * 2, reverse=True)
    days = sorted(draw(st.lists(st.integers(0, 40), min_size=len(places), max_size=len(places))), reverse=True)
    for number, (place, day) in enumerate(zip(places, days, strict=True), start=2001):
        log.insert(place, tick(number, day))
    return [*log, tick(2999, draw(st.integers(30, 60)))]


@settings(max_examples=400, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(plain_logs(), CUTS, CHUNKS, st.booleans(), st.integers(0, 3))
def test_ticks_over_plain_subjects_give_the_rows_of_the_fold(log: list[Event], cuts: set[int], chunks: list[int], late: bool, at_once: int) -> None:
    assert live(log, cuts, chunks, Life(cache=0, commit_late=late, at_once=at_once)).store.tables() == project(log).tables()
    assert live(log, cuts, chunks, Life(restart=True, at_once=at_once)).store.tables() == project(log).tables()
    assert live(log, set(range(len(log))), [5], Life(cache=0, commit_late=True)).store.tables() == project(log).tables()


class Counting(MemoryProjection):
    """Remembers how many holdings of plain subjects it gave."""

    plain_ones = 0

    def plain(self, subject_ids: Collection[bytes], since: int, until: int) -> list[DueHolding]:
        found = super().plain(subject_ids, since, until)
        self.__class__.plain_ones += len(found)
        return found


def test_who_is_not_in_memory_is_folded_from_rows():
    log = [policy(1001, 0, [rule("R-1", 5)]), *[collected(number, number / 10, subject=f"s{number}") for number in range(1, 7)], tick(2001, 30)]
    life = Life(cache=0)
    life.store = Counting()
    life.fold = life._begin()

    for record in records(log):
        life.batch([record], 2)
    stored = life.finish()

    assert Counting.plain_ones == 6
    assert {row[13] for row in stored.obligation_rows()} == {row[13] for row in project(log).obligation_rows()}
    assert len(stored.outcomes) == 6


def test_a_date_that_lies_ahead_of_a_tick_met_before_a_restart_is_called_for_at_its_own_tick():
    """The worker starts again in the middle of a tick; then a fact brings a date that has come, another one a date that lies ahead."""
    refs = sorted(("s1", "s2", "s3", "s4"), key=lambda ref: subject_id(CONTROLLER, ref))
    rules = [rule("R-1", 5, purposes=["dpv:ServiceProvision"]), rule("R-2", 15, purposes=["dpv:DirectMarketing"])]
    before = [policy(1001, 0, rules, acts_within="P90D"), *[collected(n, 0, subject=ref) for n, ref in enumerate(refs, 1)], tick(2001, 10)]
    after = [collected(20, 0, subject=refs[0], store="web"), collected(21, 0, subject=refs[0], purposes=["dpv:DirectMarketing"], store="web")]
    made = records([*before, *after, tick(2002, 20), tick(2003, 30)])
    life = Life()
    life.batch(made[:1], 0)
    life.batch((), 9)
    life.batch(made[1:6], 0)
    life.batch((), 1)  # the tick is folded into the first of them alone

    life.fold = life._begin()
    life.commit_late = True
    life.batch(made[6:7], 0)
    life.batch(made[7:9], 50)
    life.batch((), 50)
    life.batch(made[9:], 50)

    assert life.finish().tables() == project(made).tables()
