"""Bugs in verdicts on facts: each breaks a line of docs/judging.md."""

from __future__ import annotations

from tests.mutations.planting import Bug, Change, bug

NEEDS = "ledger.core.judging.needs:"

BUGS: tuple[Bug, ...] = (
    Bug("a repeated send counts twice", (
        Change("ledger.reading:Reading.read",
               "self._repeated(refused, offset, recorded, value, source == fields[\"source\"])\n            continue", "pass"),
        Change("ledger.projecting:Projecting._fact", "delta.facts.append(",
               "[*map(delta.facts.remove, [row for row in delta.facts if row[3] == fields['event_id']])]\n    delta.facts.append("),
    )),
    bug("a withdrawn consent is ignored", NEEDS + "_consent", "max(steps)[3] in CONSENT_STANDS", "any(step[3] in CONSENT_STANDS for step in steps)"),
    bug("a consent given later counts", NEEDS + "_last", "if (change[0], change[1]) >= moment:", "if False:"),
    bug("an objection on all channels is not one on this", NEEDS + "_no_objection", "on in (None, channel)", "on == channel"),
    bug("a send a year ago to the moment counts", NEEDS + "_too_many", "begin < at", "begin <= at"),
    bug("the sixth send is one too many", NEEDS + "_too_many", "count > cap.count", "count >= cap.count"),
    bug("a safeguard holds on its last moment", NEEDS + "_transfer", "at >= ends", "at > ends"),
    bug("an agreement is good for everything", NEEDS + "_agreement", 'asked.act.categories <= set(agreement["categories"]) and ', ""),
    bug("a service that ended still runs", NEEDS + "_service_runs", "ended is None or ended < started", "True"),
    bug("what is not held may be used", NEEDS + "_held_for_purpose", 'return "use-for-other-purpose"', "return None"),
    bug("a restriction stands after its end", NEEDS + "_unrestricted", "step.until > asked.moment[0]", "step.until >= asked.moment[0]"),
    bug("a legal hold restricts", NEEDS + "_unrestricted", 'step.kind == "RESTRICTION"', "True"),
    bug("a restriction of one category is of all", NEEDS + "_unrestricted", "not asked.act.categories.isdisjoint(step.categories)", "True"),
    bug("a restriction of one store is of all", NEEDS + "_unrestricted", "step.store is None and ", ""),
    bug("consent lifts no restriction", NEEDS + "_unrestricted", " and _consent(asked) is not None", ""),
    bug("a notice given at any time is a prior one", NEEDS + "_prior_notice", "given is not None and is_before(given, asked.moment)",
        "given is not None"),
)  # fmt: skip
