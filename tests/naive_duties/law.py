"""Since when the law asks for an answer or a notice, and how soon: the clocks of the law that the policy in force then carries (docs/law.md
sections 3 and 4). Where it carries none, or not this one, the law is taken to be as it is.
"""

from __future__ import annotations

from tests.naive_duties.dutch_calendar import moment_of_day
from tests.naive_duties.view import Fields, View


def versions(view: View, name: str, moment: int) -> list[Fields]:
    """The clock of that name and all that took its place."""
    clocks = view.policy_at(moment).get("law", {}).get("clocks", {})
    names = [name] if name in clocks else []
    while more := [other for other, clock in clocks.items() if clock.get("follows") in names and other not in names]:
        names += more
    return [clocks[each] for each in names]


def in_force(view: View, name: str, moment: int) -> Fields | None:
    """The version of a clock that holds at a moment."""
    zone = view.policy_at(moment)["time_zone"]
    for clock in versions(view, name, moment):
        has_begun = "from" not in clock or moment_of_day(clock["from"], zone) <= moment
        if has_begun and ("until" not in clock or moment < moment_of_day(clock["until"], zone)):
            return clock
    return None


def is_law(view: View, name: str, moment: int) -> bool:
    return not versions(view, name, moment) or in_force(view, name, moment) is not None


def months(view: View, moment: int) -> tuple[int, int]:
    """How many months an answer may take, and how many when it was extended."""
    clock = in_force(view, "gdpr-12-3", moment) or {"within": "P1M", "extendable_by": "P2M"}
    within, more = (int(clock[field].removeprefix("P").removesuffix("M")) for field in ("within", "extendable_by"))
    return within, within + more


def hours_to_tell_the_authority(view: View, moment: int) -> str:
    return str((in_force(view, "gdpr-33", moment) or {"within": "PT72H"})["within"])
