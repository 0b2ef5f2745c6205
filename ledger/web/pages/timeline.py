"""What happened to a person's data and what will, in order of time; what is alike on one day is one line. Pure.

Made of what the answer on a subject has: of milestones, those that a term counts from; of what is gone, when it went and not when it came.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.web.pages.rendering import legal_day

Json = dict[str, Any]
EVENTS_MAX: Final = 5
"""Named of one line; the others are counted."""


def timeline(found: Json) -> Json:
    """(past, coming), each a list of {day, at, kind, who, detail, number, events, more}. found: the answer on a subject in JSON form."""
    lines: dict[tuple[str, ...], Json] = {}
    now = found["on"] or found["time_reached"]

    def add(at: str | None, kind: str, who: str | None, detail: str = "", events: tuple[Json | None, ...] = ()) -> None:
        if at is None:
            return
        key = (legal_day(at).isoformat(), kind, who or "", detail)
        line = lines.setdefault(key, {"day": key[0], "at": at, "kind": kind, "who": who, "detail": detail, "number": 0, "events": {}})
        line["number"] += 1
        line["at"] = min(line["at"], at)
        line["events"] |= {(each["partition"], each["offset"]): each for each in events if each and each["offset"] is not None}

    for each in found["holdings"]:
        for held in each["categories"]:
            add(held["since"], "COLLECTED" if each["role"] is None else "SHARED", each["holder"], "", (held["event"],))
        for gone in each["erased"]:
            add(gone["at"], "ERASED", each["holder"], "", (gone["event"],))
        for anchor in each["why"]["anchors"]:
            if anchor["kind"]["term"] != "COLLECTION":
                add(anchor["at"], "MILESTONE", None, anchor["kind"]["term"], (anchor["event"],))
        if each["categories"] and each["until"]:
            add(each["until"], "GOES" if each["until"] > now else "SHOULD_GO", each["holder"])
    for kind in ("consents", "objections"):
        for each in found[kind]:
            for step in each["steps"]:
                add(step["at"], kind.upper(), None, step["state"], (step["event"],))
    for each in found["requests"]:
        add(each["received_at"], "REQUESTED", None, each["right"], (each["received"],))
        add(each["answered_at"], "ANSWERED", None, each["outcome"] or "", (each["answered"],))
    for each in found["holds"]:
        add(each["placed_at"], "HOLD_PLACED", None, each["kind"], (each["placed"],))
        add(each["released_at"], "HOLD_RELEASED", None, each["kind"], (each["released"],))
    for each in found["obligations"]:
        if each["state"] in ("OPEN", "OVERDUE"):
            add(each["overdue_at"], "DUE" if each["overdue_at"] > now else "SHOULD", each["holder"], each["kind"])
    if found["key_destroyed"]:
        add(found["key_destroyed"]["at"], "KEY_DESTROYED", None, "", (found["key_destroyed"]["event"],))
    ordered = sorted(lines.values(), key=lambda line: (line["at"], line["kind"], line["who"] or "", line["detail"]))
    for line in ordered:
        events = list(line["events"].values())
        line["events"], line["more"] = events[:EVENTS_MAX], max(len(events) - EVENTS_MAX, 0)
    return {"past": [line for line in reversed(ordered) if line["at"] <= now], "coming": [line for line in ordered if line["at"] > now]}
