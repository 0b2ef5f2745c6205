"""What is known at one record of the log, about one subject: its facts, the register copies, the time reached. Each event counts once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

Fields = dict[str, Any]
Event = tuple[str, Fields]
REGISTER = "register"


def when(fields: Fields) -> tuple[int, bytes]:
    """Order of happening; at the same instant the smaller event id counts as earlier."""
    return fields["occurred_at"], fields["event_id"]


@cache
def parsed(compiled: str) -> Fields:
    found: Fields = json.loads(compiled)
    return found


@dataclass(frozen=True, eq=False)
class View:
    """Two are never the same, so what was worked out for one may be kept.

    time: the last tick's, microseconds since 1970, 0 before the first. moment: that, or the record's own when it is a later fact.
    """

    controller: str
    subject: str
    events: Sequence[Event]
    time: int
    moment: int

    def all(self, type_name: str, **like: Any) -> list[Fields]:
        """Known events of one type with these fields, earliest first."""
        return [f for name, f in self.in_order if name == type_name and all(f[field] == value for field, value in like.items())]

    @cached_property
    def in_order(self) -> list[Event]:
        """All that is known, in order of happening."""
        return sorted(self.events, key=lambda event: when(event[1]))

    def policy_at(self, moment: int) -> Fields:
        """The compiled policy in force then; before the first, the first; of two from one day the one that stands later on the log."""
        published = [f for name, f in self.events if name == "PolicyPublished"]
        if not published:
            return {"time_zone": "UTC", "acts_within": "P7D", "activities": {}, "retention": [], "duties": []}
        first = min(f["in_force_from"] for f in published)
        day = max((f["in_force_from"] for f in published if f["in_force_from"] <= moment), default=first)
        return parsed([f["compiled"] for f in published if f["in_force_from"] == day][-1])

    def duty(self, moment: int, on: str, do: str, **fits: str) -> Fields | None:
        """The first duty of the policy in force then that fits: `risk` of a breach, `right` of a request."""
        for duty in self.policy_at(moment).get("duties", []):
            if (duty["on"], duty["do"]) != (on, do):
                continue
            risks, rights = duty.get("risks") or [], duty.get("rights") or []
            if "risk" in fits and risks and fits["risk"] not in risks:
                continue
            if "right" in fits and (fits["right"] not in rights if rights else fits["right"] == "COMPLAINT"):
                continue
            found: Fields = duty
            return found
        return None


def views(log: Sequence[Event]) -> Iterator[tuple[int, Event, list[View]]]:
    """Each record that says something new: its place, itself, and what is known there of each subject it concerns; last of the register."""
    known: list[Event] = []
    for place, (name, f) in enumerate(log):
        if any(f["event_id"] == earlier["event_id"] for _, earlier in log[:place]):
            continue
        known = [*known, (name, f)]
        time = max((g["time"] for other, g in known if other == "TimeReached"), default=0)
        subjects = sorted({g["subject_ref"] for _, g in known if "subject_ref" in g and g["controller"] == f["controller"]})
        if "subject_ref" in f:
            subjects, moment = [f["subject_ref"]], max(time, f["occurred_at"])
        else:
            subjects, moment = [*subjects, REGISTER], time
        yield place, (name, f), [_view(known, f["controller"], subject, time, moment) for subject in subjects]


def _view(known: list[Event], controller: str, subject: str, time: int, moment: int) -> View:
    about = [(name, f) for name, f in known if f["controller"] == controller and f.get("subject_ref", subject) == subject]
    return View(controller, subject, about, time, moment)
