"""The first page: who is late stands first among the holders, the others as the overview has them."""

from __future__ import annotations

from typing import Any

from ledger.web.pages.home import shown


def holder(name: str, people: int) -> dict[str, Any]:
    return {"controller": "hostinghuis", "holder": name, "role": None, "subjects": people, "holdings": people}


def unsettled(name: str, state: str, number: int) -> dict[str, Any]:
    return {"controller": "hostinghuis", "holder": name, "state": state, "number": number}


def test_holders_that_are_late_stand_first() -> None:
    holders = [holder("hostinghuis", 9), holder("psp-one", 5), holder("sidn", 4), holder("eurid", 3)]
    late = [unsettled("sidn", "OVERDUE", 1), unsettled("eurid", "OVERDUE", 2), unsettled("psp-one", "OPEN", 7)]
    found = {
        "sharing": {"holders": holders, "subjects": 9, "recipients": []},
        "deletion": {"unsettled": late, "open": 7, "overdue": 3, "other_duties": []},
        "promises": {"broken": []},
        "breaches": {"breaches": []},
    }

    assert [(each["holder"], each["overdue"]) for each in shown(found)["holders"]] == [("eurid", 2), ("sidn", 1), ("hostinghuis", 0), ("psp-one", 0)]
