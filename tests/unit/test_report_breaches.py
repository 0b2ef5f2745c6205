"""The register of breaches: whom each concerns, worked out from what was held there then, and who was told in time."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.answers import not_covered
from ledger.answers.query import Query
from ledger.answers.shapes_register import BreachAnswer, BreachesAnswer
from ledger.contract import codec
from ledger.exporting.asked import Parameters
from ledger.sdk.validation import RefusedEventError
from ledger.testing.recording_emitter import RecordingEmitter
from ledger.web.pages.act_forms import ACTS, event_of
from tests.exported import exported
from tests.histories import Event, at, collected, erased, fact, project, register_event
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, moment

GIVEN: dict[str, Any] = {
    "breach_ref": "b-1", "window_from": moment("2019-03-01"), "window_until": moment("2019-03-08"), "aware_at": moment("2019-03-10"), "risk": "HIGH",
    "store": "crm",
}  # fmt: skip


def asked(story: Story, limit: int = 100) -> BreachAnswer:
    (found,) = Query(MemoryAnswers(project(story.log))).breaches(limit=limit).breaches
    return found


def breached(story: Story, **fields: Any) -> Story:
    """The store that accounts are in could be read from 1 to 8 March 2019; it came out on the 10th."""
    return story.on("2019-03-10").tell("BreachRecorded", **GIVEN | fields)


def life() -> Story:
    story = Story("mijndomein").on("2019-01-01")
    for name in ("s1", "s2", "s3"):
        story.of(name).collects("account", "pd:Name", "pd:EmailAddress", purposes=["dpv:AccountManagement"])
    return story


def concerned(story: Story) -> list[str]:
    found = asked(story)
    assert found.affected == len(found.subjects)
    return sorted(each.subject_ref for each in found.subjects)


def test_hh_13_it_concerns_those_whose_data_was_there_in_the_window() -> None:
    story = life().on("2019-02-01").of("s1").erases(store="crm")  # gone before it
    story.on("2019-03-05").of("s2").erases(store="crm")  # gone within it
    story.on("2019-03-09").of("s4").collects("account", "pd:Name", purposes=["dpv:AccountManagement"])  # came after it

    assert concerned(breached(story)) == ["s2", "s3"]


def test_only_the_store_the_holder_and_the_categories_that_were_hit_count() -> None:
    story = life().of("s4").collects("invoice", "pd:Name", purposes=["ledger:Invoicing"])
    story.of("s5").shares("crm-host", "hosting", "pd:BankAccount", store="crm")

    assert concerned(breached(story)) == ["s1", "s2", "s3"]
    assert concerned(breached(story, store=None, breach_ref="b-1")) == ["s1", "s2", "s3", "s4"]
    assert concerned(breached(story, recipient="crm-host", store=None)) == ["s5"]
    assert asked(breached(story, categories=["pd:BankAccount"])).affected == 0


def test_what_was_there_and_came_back_after_it_was_erased_counts_and_what_only_came_later_does_not() -> None:
    back = life().on("2019-03-05").of("s1").erases(store="crm").on("2019-03-09").collects("account", "pd:Name", purposes=["dpv:AccountManagement"])
    new = back.on("2019-02-01").of("s2").erases(store="crm").on("2019-03-09").collects("account", "pd:Name", purposes=["dpv:AccountManagement"])

    assert concerned(breached(new)) == ["s1", "s3"]


def test_each_one_says_what_was_there_by_which_facts_and_whether_it_was_told() -> None:
    story = life().of("s1").collects("account", "pd:BankAccount", purposes=["dpv:AccountManagement"])
    breached(story, categories=["pd:Name", "pd:BankAccount"])
    story.on("2019-03-11").of("s1").tells("breach", "b-1").of("s2").tells("breach", "another")

    found = asked(story.clock("2019-03-12"))

    first, second, _ = sorted(found.subjects, key=lambda each: each.subject_ref)
    assert (first.told, [c.term for c in first.categories], [e.offset for e in first.rests_on]) == (True, ["pd:BankAccount", "pd:Name"], [1, 4])
    assert not second.told
    assert (found.affected, found.told, found.notice, found.still_due) == (3, 1, "BY_LAW", 2)


def test_hh_13_below_a_high_risk_only_the_policy_can_ask_that_people_are_told() -> None:
    own = Story("hostinghuis").on("2019-01-01").collects("account", "pd:EmailAddress")
    other = Story("mijndomein").on("2019-01-01").collects("account", "pd:EmailAddress")

    by_policy, not_asked = (asked(breached(story, risk="UNLIKELY", store=None)) for story in (own, other))

    assert (by_policy.notice, by_policy.affected, by_policy.still_due) == ("BY_POLICY", 1, 1)
    assert (not_asked.notice, not_asked.affected, not_asked.still_due) == ("NOT_ASKED", 1, 0)


def test_x_03_the_authority_is_due_after_72_hours_also_over_a_weekend() -> None:
    def told(when: str | None) -> BreachAnswer:
        story = breached(life(), aware_at=moment("2019-03-08T12:00"))  # a Friday
        if when is not None:
            story.tell("AuthorityNotified", breach_ref="b-1", authority="nl:DPA-NL", notified_at=moment(when))
        return asked(story.clock("2019-03-12T12:00"))

    assert told(None).authority_due_at == moment("2019-03-11T12:00")
    assert (told(None).authority, told(None).authority_late_by_seconds) == ((), 86_400)
    assert told("2019-03-11T12:00").authority_late_by_seconds == 0
    assert told("2019-03-11T13:00").authority_late_by_seconds == 3600
    assert asked(breached(life(), risk="UNLIKELY").clock("2019-04-01")).authority_due_at is None


def test_of_two_records_of_one_breach_the_later_counts() -> None:
    story = breached(life(), categories=["pd:Name"], risk="RISK")
    story.on("2019-03-12").tell(
        "BreachRecorded", breach_ref="b-1", window_from=moment("2019-03-01"), window_until=moment("2019-03-08"), aware_at=moment("2019-03-10"),
        risk="UNLIKELY", store="crm", categories=["pd:BankAccount"],
    )  # fmt: skip

    found = asked(story)

    assert (found.risk, [c.term for c in found.categories], found.affected) == ("UNLIKELY", ["pd:BankAccount"], 0)


def test_the_list_is_cut_and_says_so_and_the_count_is_whole() -> None:
    found = asked(breached(life()), limit=2)

    assert ([each.subject_ref for each in found.subjects], found.more, found.affected) == (["s1", "s3"], True, 3)
    assert asked(breached(life()), limit=0).subjects == () and not asked(breached(life()), limit=0).more


def test_the_list_of_all_has_everybody_whom_the_register_counts_with_who_must_still_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.answers.breach_people.AT_ONCE", 2)
    story = life().of("s9").collects("account", "pd:Name", purposes=["dpv:AccountManagement"])
    story.on("2019-03-05").of("s2").erases(store="crm")  # gone within the window: only its own facts tell
    breached(story).on("2019-03-11").of("s1").tells("breach", "b-1")
    breached(story, risk="UNLIKELY", breach_ref="b-2", aware_at=moment("2019-03-12"))
    query = Query(MemoryAnswers(project(story.log)))

    with query.every_person_of_breaches() as stream:
        lines = [(each.breach_ref, each.subject, each.still_due) for each in stream.lines]

    register = query.breaches(limit=100).breaches
    assert [each.breach_ref for each in register] == ["b-2", "b-1"] and [each.affected for each in register] == [4, 4]
    assert [ref for ref, *_ in lines] == ["b-2"] * 4 + ["b-1"] * 4
    for breach in register:
        said = {each.subject_ref: each for ref, each, _ in lines if ref == breach.breach_ref}
        assert said == {each.subject_ref: each for each in breach.subjects} and len(said) == breach.affected
    assert sorted(each.subject_ref for _, each, still_due in lines if still_due) == ["s2", "s3", "s9"], "of the one whose risk is high"
    with query.every_person_of_breaches("another") as stream:
        assert list(stream.lines) == []


FROM, UNTIL = 10, 20
DAYS = st.integers(0, 30)
STEPS = st.lists(st.tuples(st.sampled_from(["collect", "collect", "erase"]), DAYS, st.sampled_from(["pd:Name", "pd:EmailAddress"])), max_size=8)


@given(STEPS)
def test_whom_it_concerns_is_what_a_day_by_day_reading_of_the_facts_says(steps: list[tuple[str, int, str]]) -> None:
    """Held on some day of the window, or acquired within it: whatever the order in which the facts came."""
    log: list[Event] = []
    for number, (what, day, category) in enumerate(steps, start=1):
        made = collected(number, day, categories=[category]) if what == "collect" else erased(number, day, categories=[category])
        log.append(made)
    register = fact("DataUsed", 90, 0, by="hoster", purpose="dpv:Marketing", categories=["pd:Name"]), _breach(91)
    wanted = {category for category in ("pd:Name", "pd:EmailAddress") if _held_in_window(steps, category)}

    query = Query(MemoryAnswers(project([*log, *register])))
    (found,) = query.breaches(limit=10).breaches

    assert {c.term for each in found.subjects for c in each.categories} == wanted
    assert found.affected == (1 if wanted else 0)
    with query.every_person_of_breaches() as stream:
        assert tuple(each.subject for each in stream.lines) == found.subjects
    notices = [duty for duty in query.subject("hoster", "s1").obligations if duty.kind == "NOTIFY_SUBJECT"]
    assert [{c.term for c in duty.categories} for duty in notices] == ([wanted] if wanted else [])  # as the fold works it out


def _held_in_window(steps: list[tuple[str, int, str]], category: str) -> bool:
    """An erasure takes what was acquired up to its own moment; at the window's very start it was in time."""
    for what, day, of in steps:
        if what == "collect" and of == category and day <= UNTIL:
            ends = [later for what_, later, of_ in steps if what_ == "erase" and of_ == category and later >= day]
            if not ends or min(ends) > FROM:
                return True
    return False


def _breach(number: int) -> Event:
    window = {"aware_at": at(40), "window_from": at(FROM), "window_until": at(UNTIL)}
    return register_event("BreachRecorded", number, 40, breach_ref="b", risk="HIGH", **window)


# -- Art. 33(5): effects, and what was done


def answer_of(story: Story) -> BreachesAnswer:
    return Query(MemoryAnswers(project(story.log))).breaches()


def test_effects_and_measures_stand_in_the_register_once_the_breach_is_recorded_again_with_them() -> None:
    story = breached(life())
    first = answer_of(story)
    said: dict[str, Any] = {"consequences": ["spam", "loss_of_control"], "measures": ["leak_closed"], "report_ref": "file-1"}
    story.on("2019-03-12")
    later = answer_of(story.tell("BreachRecorded", **GIVEN | said))

    assert (first.breaches[0].consequences, first.breaches[0].measures, first.breaches[0].report_ref) == ((), (), None)
    assert first.not_covered == not_covered.BREACHES and later.not_covered == (), "said to be missing only while it is"
    (found,) = later.breaches
    assert [each.term for each in found.consequences] == ["loss_of_control", "spam"] and [each.label for each in found.measures] == ["leak closed"]
    assert found.report_ref == "file-1" and found.aware_at == first.breaches[0].aware_at and found.affected == first.breaches[0].affected


def test_effects_alone_leave_open_what_was_done_unless_a_file_tells_it() -> None:
    assert answer_of(breached(life(), consequences=["none_seen"])).not_covered == not_covered.BREACHES
    assert answer_of(breached(life(), consequences=["none_seen"], measures=["none_taken"])).not_covered == ()
    assert answer_of(breached(life(), report_ref="file-1")).not_covered == ()


def test_a_breach_recorded_before_there_were_the_fields_is_read_as_not_told() -> None:
    old = (Path(__file__).parents[1] / "golden/breach_recorded/v1.bin").read_bytes()
    _, fields = codec.decode(old)

    assert (fields["consequences"], fields["measures"], fields["report_ref"]) == ([], [], None)


def test_the_exported_register_has_the_columns() -> None:
    query = Query(MemoryAnswers(project(breached(life(), consequences=["spam"], measures=["leak_closed"], report_ref="file-1").log)))
    (row,) = csv.DictReader(io.StringIO(exported(query, "breaches", "csv", Parameters("mijndomein"))[1].decode(), newline=""))

    assert (row["consequences"], row["measures"], row["report_ref"], row["risk"]) == ("spam", "leak_closed", "file-1", "HIGH")
    assert row["affected"] == "3"


def test_a_value_of_a_person_and_a_word_of_no_list_are_refused() -> None:
    form = ACTS["breach"]
    typed = {"breach_ref": ["b-1"], "aware_at": ["2019-03-10T10:00"], "window_from": ["2019-03-01T00:00"], "window_until": ["2019-03-08T00:00"]}
    typed |= {"risk": ["HIGH"], "consequences": ["spam", "fraud"], "measures": ["leak_closed"], "report_ref": ["file-1"]}
    event = event_of(form, typed)

    assert (event["consequences"], event["measures"], event["report_ref"]) == (["spam", "fraud"], ["leak_closed"], "file-1")
    with RecordingEmitter(controller="mijndomein", source="desk") as emitter:
        at: dict[str, Any] = {"breach_ref": "b-1", "aware_at": "2019-03-10T10:00:00Z", "window_from": "2019-03-01T00:00:00Z"}
        at["window_until"] = "2019-03-08T00:00:00Z"
        emitter.breach_recorded(**at, risk="HIGH", consequences=["spam"], measures=["leak_closed"], report_ref="file-1")
        for wrong in ({"consequences": ["spm"]}, {"measures": ["spam"]}, {"report_ref": "jan@example.org"}, {"report_ref": "Jan Jansen"}):
            with pytest.raises(RefusedEventError, match=next(iter(wrong))):
                emitter.breach_recorded(**at, **wrong)
