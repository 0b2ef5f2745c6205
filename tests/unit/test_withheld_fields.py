"""What a role is not told: who looked, to an auditor; single disclosures and single acts, to a manager."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.answers.shapes import without
from ledger.web.access import PERSONS, SINGLE, rule_of, without_disclosures
from ledger.web.evidence import shown_event
from ledger.web.roles import Role
from tests.histories import fact

LOOK = fact("DataConsulted", 1, 1, "customer-1", actor="staff-4482", purpose="dpv:CustomerCare", categories=["pd:Name"], ticket_ref="ticket-1")
LINE: dict[str, Any] = {"subject_ref": "customer-1", "holder": "Registrar", "purpose": {"term": "dpv:ServiceProvision", "label": "x"}, "role": None}


def test_an_auditor_is_not_told_who_looked_and_is_told_that_this_is_withheld() -> None:
    event, withheld = shown_event(Role.AUDITOR, *LOOK)
    whole, nothing = shown_event(Role.DPO, *LOOK)

    assert (withheld, nothing) == (("actor",), ())
    assert "staff-4482" not in str(event) and "actor" not in event
    assert whole == event | {"actor": "staff-4482"}


def test_of_a_look_by_nobody_known_nothing_is_withheld_and_who_did_other_things_is_told() -> None:
    assert shown_event(Role.AUDITOR, LOOK[0], LOOK[1] | {"actor": None})[1] == ()
    used = fact("DataUsed", 2, 1, "customer-1", actor="role:helpdesk", by="hoster", purpose="dpv:CustomerCare", categories=[])
    assert shown_event(Role.AUDITOR, *used)[0]["actor"] == "role:helpdesk"


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": {"term": "ledger:LegalDisclosure", "label": "x"}}, {"role": {"term": "law_enforcement", "label": "x"}},
        {"role": {"term": "debt_collector", "label": "x"}}, {"about": "disclosure"}, {"about": "disclosure_request"}, {"disclosure_ref": "d-1"},
    ],
)  # fmt: skip
def test_single_lines_on_disclosures_are_left_out_at_any_depth_and_other_lines_and_sums_stay(changed: dict[str, Any]) -> None:
    total = {name: value for name, value in (LINE | changed).items() if name != "subject_ref"} | {"subjects": 3}
    answer = {"lines": [LINE, LINE | changed], "inner": {"lines": [LINE | changed]}, "sums": [total], "more": True}

    assert without_disclosures(answer) == {"lines": [LINE], "inner": {"lines": []}, "sums": [total], "more": True}


def test_a_manager_gets_nothing_that_points_at_a_person_or_at_one_act() -> None:
    rule = rule_of("GET", "/v1/due")
    assert rule is not None
    assert set(rule.withheld[Role.MANAGER]) == {*PERSONS, *SINGLE} and {"obligation_id", "certificate_ref", "event_id"} <= set(SINGLE)
    line = LINE | {"obligation_id": "o", "certificate_ref": "c", "rests_on": [{"topic": "facts", "partition": 0, "offset": 1, "event_id": "e"}]}
    assert without(line, rule.withheld[Role.MANAGER]) == {
        "holder": "Registrar", "purpose": LINE["purpose"], "role": None, "rests_on": [{"topic": "facts", "partition": 0, "offset": 1}],
    }  # fmt: skip
