"""Who looked: sealed under the key of a day, which is destroyed when the policy's term for all look-ups of that day is over, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ledger import ToSeal
from ledger.answers.asking import Asking
from ledger.answers.query import Query
from ledger.core.look_up_log import day_forgotten_at, forgotten_at
from ledger.core.rules import Rules
from ledger.errors import CallerError, RefusedError
from ledger.forgetting.look_ups import days_over, expire
from ledger.forgetting.persons import end_epoch
from ledger.sdk.validation import RefusedEventError
from ledger.testing.recording_emitter import RecordingEmitter
from ledger.vault.sealing import UnsealError
from ledger.vault.shapes import EpochMovedError, Erased
from ledger.vault.vault import KeyLostError, Vault
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment
from tests.vault_world import ANNA, CONTROLLER, VaultWorld, event_id

STAFF = "staff-kanarie-7731"
LOOK = {"purpose": "dpv:CustomerCare", "categories": ["pd:Name"]}
DAY = date(2018, 10, 20)
NOON = moment("2018-10-20")
QUARTER = 15 * 60 * 1_000_000


@pytest.fixture
def world() -> VaultWorld:
    return VaultWorld()


def looked(world: VaultWorld, at: int = NOON, controller: str = "sohosted", **fields: Any) -> dict[str, Any]:
    """The fields of one look-up as it is on the log."""
    world.log.consulted("subj-1", controller=controller, occurred_at=at, **{"actor": STAFF, **LOOK} | fields)
    return world.log.events[-1].fields


# -- sealed when it is emitted


def test_who_looked_is_sealed_and_nothing_of_it_stands_in_clear(world: VaultWorld) -> None:
    fields = looked(world, ticket_ref="ticket-1")

    assert (fields["actor"], fields["ticket_ref"], fields["purpose"]) == (None, "ticket-1", "dpv:CustomerCare")
    assert STAFF not in repr(fields)
    assert world.vault.open("DataConsulted", fields) == {"actor": STAFF}
    assert world.rows.living_days() == [("sohosted", DAY)]


def test_a_reference_that_leads_to_a_person_can_be_sealed_with_it(world: VaultWorld) -> None:
    fields = looked(world, ticket_ref="sealed", sealed=ToSeal(ticket="ticket-of-jan"))

    assert world.vault.open("DataConsulted", fields) == {"actor": STAFF, "ticket": "ticket-of-jan"}
    with pytest.raises(RefusedEventError, match="only actor, incident, permission, ticket") as caught:
        looked(world, sealed=ToSeal(domain="canary.nl"))
    assert "canary" not in str(caught.value)


def test_the_actor_of_the_emitter_is_sealed_too_and_a_role_as_well(world: VaultWorld) -> None:
    with RecordingEmitter(controller="sohosted", source="desk", actor="role:helpdesk", now="2026-01-01T00:00:00Z", vault=world.vault) as log:
        log.consulted("dataset-1", **LOOK)
        fields = log.events[-1].fields

    assert (fields["actor"], fields["occurred_at"]) == (None, moment("2026-01-01T00:00:00+00:00"))
    assert world.vault.open("DataConsulted", fields) == {"actor": "role:helpdesk"}


def test_without_a_vault_a_role_may_be_named_and_nobody_else(world: VaultWorld) -> None:
    with RecordingEmitter(controller="sohosted", source="desk", now="2026-01-01T00:00:00Z") as log:
        log.consulted("subj-1", actor="role:helpdesk", **LOOK)
        log.consulted("subj-1", **LOOK)
        assert [event.fields["actor"] for event in log.events] == ["role:helpdesk", None]
        with pytest.raises(RefusedEventError, match=r"a vault, or a role") as caught:
            log.consulted("subj-1", actor=STAFF, **LOOK)
        with pytest.raises(RefusedEventError, match="a vault"):
            log.consulted("subj-1", sealed=ToSeal(actor=STAFF), **LOOK)
        log.milestone("subj-1", kind="LOGGED_IN", actor=STAFF)  # of other events the actor stays what it was
    with RecordingEmitter(controller="sohosted", source="desk", actor=STAFF, now="2026-01-01T00:00:00Z") as log, pytest.raises(RefusedEventError):
        log.consulted("subj-1", **LOOK)

    assert STAFF not in f"{caught.value} {caught.value.hint}"


def test_what_was_sealed_elsewhere_is_left_alone_and_names_nobody_beside_it(world: VaultWorld) -> None:
    sealed = {"key_id": "key-1", "ciphertext": b"x"}

    assert looked(world, actor=None, sealed=sealed)["sealed"] == sealed
    with pytest.raises(RefusedEventError, match="beside what was sealed elsewhere"):
        looked(world, sealed=sealed)


def test_a_look_up_of_a_time_that_has_not_come_makes_no_key(world: VaultWorld) -> None:
    with pytest.raises(RefusedEventError, match="a later one"):
        looked(world, moment("2030-01-01"))
    with pytest.raises(RefusedEventError, match="expected a subject and a controller"):
        looked(world, controller=7)  # type: ignore[arg-type]
    with pytest.raises(CallerError):
        world.vault.seal_look_up("not/one", "subj-1", event_id(1), NOON, {"actor": STAFF})

    assert world.rows.days == {}


# -- keys


def test_each_controller_and_day_has_one_key_and_moving_a_look_up_is_noticed(world: VaultWorld) -> None:
    one, same, next_day, other = looked(world), looked(world), looked(world, NOON + 86_400_000_000), looked(world, controller="smallhold")

    assert one["sealed"]["key_id"] == same["sealed"]["key_id"]
    assert len({each["sealed"]["key_id"] for each in (one, next_day, other)}) == 3
    with pytest.raises(UnsealError):
        world.vault.open("DataConsulted", one | {"subject_ref": "subj-2"})
    with pytest.raises(UnsealError):
        world.vault.open("DataConsulted", one | {"sealed": same["sealed"]})
    with pytest.raises(KeyLostError):
        world.vault.open("DataConsulted", one | {"occurred_at": next_day["occurred_at"]})
    assert world.another().open("DataConsulted", one) == {"actor": STAFF}


def test_a_destroyed_key_opens_nothing_is_never_made_again_and_leaves_other_days_alone(world: VaultWorld) -> None:
    gone, other = looked(world), looked(world, NOON + 86_400_000_000)

    assert world.rows.destroy_day("sohosted", DAY, 17)
    assert not world.rows.destroy_day("sohosted", DAY, 18)

    assert world.vault.open("DataConsulted", gone) == Erased(gone["sealed"]["key_id"], 17)
    assert world.vault.open("DataConsulted", other) == {"actor": STAFF}
    with pytest.raises(RefusedError, match="forgotten") as caught:
        looked(world)
    assert STAFF not in f"{caught.value} {caught.value.hint}"


def test_a_day_lives_through_the_end_of_an_epoch_and_no_older_backup_opens_it_after(world: VaultWorld) -> None:
    gone, other = looked(world), looked(world, NOON + 86_400_000_000)
    backup = world.backup()
    world.rows.destroy_day("sohosted", DAY, 17)
    assert Vault(backup, world.keys.epochs, world.keys.suppression).open("DataConsulted", gone) == {"actor": STAFF}, "which is why an epoch ends"

    end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]

    assert world.another().open("DataConsulted", other) == {"actor": STAFF}
    assert isinstance(world.another().open("DataConsulted", gone), Erased)
    assert [(event.type_name, event.fields["controller"]) for event in world.log.events[2:]] == [("KeyEpochEnded", "sohosted")]
    with pytest.raises(EpochMovedError):
        Vault(backup, world.keys.epochs, world.keys.suppression).open("DataConsulted", gone)


def test_forgetting_a_person_leaves_who_looked_to_its_own_term(world: VaultWorld) -> None:
    anna = world.register(ANNA)
    world.log.consulted(anna, controller=CONTROLLER, occurred_at=NOON, actor=STAFF, **LOOK)
    world.forget(anna)

    assert world.vault.open("DataConsulted", world.log.events[-1].fields) == {"actor": STAFF}


# -- when


def rules_of(story: Story) -> Rules:
    return Asking(MemoryAnswers(project(story.log))).register(0).rules


@pytest.mark.parametrize(
    ("day", "over"),
    [
        # in Amsterdam the last moment of a day of UTC is of the day after: an ordinary one, over either change of the clock, over New Year
        ("2019-06-10", "2019-06-25T02:00:00+02:00"), ("2018-10-20", "2018-11-04T02:00:00+01:00"), ("2019-03-16", "2019-03-31T01:00:00+01:00"),
        ("2019-03-17", "2019-04-01T01:00:00+02:00"), ("2018-10-28", "2018-11-12T01:00:00+01:00"), ("2018-10-13", "2018-10-28T02:00:00+02:00"),
        ("2018-12-20", "2019-01-04T01:00:00+01:00"),
    ],
)  # fmt: skip
def test_so_12_the_key_of_a_day_goes_when_its_last_look_up_is_two_weeks_old_and_not_a_second_before(world: VaultWorld, day: str, over: str) -> None:
    start = moment(f"{day}T00:00:00+00:00")
    looked(world, start)
    story = customer("sohosted").clock(f"{day}T23:59:59+00:00")
    last = datetime.fromisoformat(over) - timedelta(microseconds=1)

    for early in (timedelta(seconds=1), timedelta(microseconds=1)):
        asking = Asking(MemoryAnswers(project(story.clock((last - early).isoformat()).log)))
        assert list(expire(asking, world.rows)) == []
        assert len(world.rows.living_days()) == 1
    asking = Asking(MemoryAnswers(project(story.clock(last.isoformat()).log)))
    (found,) = expire(asking, world.rows)

    assert (found.controller, found.day.isoformat(), found.over_at, found.rule) == ("sohosted", day, moment(over) - 1, "SO-12")
    assert world.rows.days["sohosted", found.day].destroyed_at == moment(over) - 1
    assert list(expire(asking, world.rows)) == [], "once"


def test_no_look_up_of_the_day_is_shown_any_more_when_its_key_goes() -> None:
    rules = rules_of(customer("sohosted").clock("2019-02-01"))
    for start in range(moment("2018-10-01T00:00:00+00:00"), moment("2018-11-01T00:00:00+00:00"), 6 * 3_600_000_000):
        over = day_forgotten_at(rules, "sohosted", start)
        each = [forgotten_at(rules, "sohosted", start + number * QUARTER // 3 - 1) for number in range(1, 3 * 96 + 1)]
        assert over == max(at for at in each if at is not None)


def test_where_the_clock_goes_back_it_is_not_the_last_moment_that_counts() -> None:
    """A quarter past the hour that comes twice: what was looked at before it was set back is kept longer."""
    rules, end = rules_of(customer("sohosted").clock("2019-02-01")), moment("2018-10-28T02:15:00+01:00")

    assert day_forgotten_at(rules, "sohosted", end - 96 * QUARTER) == moment("2018-11-11T03:00:00+01:00") - 1
    assert forgotten_at(rules, "sohosted", end - 1) == moment("2018-11-11T02:15:00+01:00") - 1


def test_a_day_of_which_a_part_has_no_term_is_never_forgotten(world: VaultWorld) -> None:
    without, rules = rules_of(customer("hostinghuis").clock("2019-02-01")), rules_of(customer("sohosted").clock("2019-02-01"))
    start = moment("2018-10-20T00:00:00+00:00")
    (no_term,), (fortnight,) = without.policies["hostinghuis"], rules.policies["sohosted"]

    for changed_at, over in ((start + 1, None), (start + 96 * QUARTER - 1, None), (start + 96 * QUARTER, None), (start, "2018-11-04T02:00:00+01:00")):
        rules.policies["sohosted"] = [no_term, fortnight._replace(in_force_from=changed_at)]
        assert day_forgotten_at(rules, "sohosted", start) == (moment(over) - 1 if over else None)
    rules.policies["sohosted"] = [fortnight, no_term._replace(in_force_from=start + 5)]
    assert day_forgotten_at(rules, "sohosted", start) is None
    assert day_forgotten_at(rules, "nobody", start) is None
    looked(world, controller="hostinghuis")
    assert list(expire(Asking(MemoryAnswers(project(customer("hostinghuis").clock("2050-01-01").log))), world.rows)) == []


def test_time_is_what_every_partition_has_reached() -> None:
    """With one partition that nobody has folded yet nothing is over, whatever the others say."""
    log = customer("sohosted").clock("2030-01-01").log
    days = [("sohosted", DAY)]

    assert len(days_over(Asking(MemoryAnswers(project(log))), days)[1]) == 1
    assert days_over(Asking(MemoryAnswers(project(log), partitions=2)), days) == (0, [])


# -- said


def asked(story: Story) -> Query:
    return Query(MemoryAnswers(project(story.log)))


def test_an_officer_is_told_who_looked_while_that_is_on_the_log_or_its_key_at_hand(world: VaultWorld) -> None:
    sealed = looked(world, moment("2019-02-10"), ticket_ref="sealed", sealed=ToSeal(ticket="t-9"))["sealed"]
    story = customer("sohosted").on("2019-02-09").looks_at("pd:Name", actor="role:helpdesk", ticket_ref="t-1").on("2019-02-10")
    story.looks_at("pd:Name", sealed=sealed, ticket_ref="sealed").on("2019-02-11").looks_at("pd:Name").clock("2019-02-12")
    opens: list[Mapping[str, str] | None] = [{"actor": STAFF, "ticket": "t-9"}, None, {}]

    def lines(audience: str = "officer", opening: Any = None) -> list[tuple[str, str | None, str | None]]:
        return [(each.who, each.actor, each.ticket_ref) for each in asked(story).look_ups("sohosted", "s1", audience, opening).look_ups]

    def refuse(_: object) -> None:
        raise AssertionError("who looked is not opened for the person")

    nobody, role = ("NOT_RECORDED", None, None), ("NAMED", "role:helpdesk", "t-1")
    assert lines() == [nobody, ("SEALED", None, "sealed"), role]
    assert lines(opening=lambda fields: opens[0]) == [nobody, ("NAMED", STAFF, "t-9"), role]
    assert lines(opening=lambda fields: opens[1]) == [nobody, ("FORGOTTEN", None, "sealed"), role]
    assert lines(opening=lambda fields: opens[2]) == [nobody, ("SEALED", None, "sealed"), role]
    assert lines("subject", refuse) == [nobody, ("SEALED", None, "sealed"), ("RECORDED", None, "t-1")]
    with pytest.raises(CallerError, match="another"):
        lines("everybody")


def test_the_officers_report_of_a_person_names_who_stands_on_the_log_and_the_persons_does_not() -> None:
    story = customer("sohosted").on("2019-02-09").looks_at("pd:Name", actor="role:helpdesk").clock("2019-02-12")

    for audience, said in (("officer", ("NAMED", "role:helpdesk")), ("subject", ("RECORDED", None))):
        assert [(each.who, each.actor) for each in asked(story).access("sohosted", "s1", audience).look_ups] == [said]
