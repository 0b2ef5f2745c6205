"""Bugs in verdicts on facts: each breaks a line of docs/judging.md."""

from __future__ import annotations

from tests.mutations.planting import Bug, Change, bug

NEEDS, CHOICES = "ledger.core.judging.needs:", "ledger.core.judging.choices:"

BUGS: tuple[Bug, ...] = (
    Bug("a repeated send counts twice", (
        Change("ledger.reading:Reading.read",
               "self._repeated(refused, offset, recorded, value, source == fields[\"source\"])\n            continue", "pass"),
        Change("ledger.projecting:Projecting._fact", "delta.facts.append(",
               "[*map(delta.facts.remove, [row for row in delta.facts if row[3] == fields['event_id']])]\n    delta.facts.append("),
    )),
    bug("a withdrawn consent is ignored", CHOICES + "consents", "_state(subject, purpose, channel, recipient, moment) in STANDS",
        "any(latest(changes, moment)[3] in STANDS for (of, on, to), changes in subject.consents.items() if of == purpose"
        " and on in (None, channel) and to in (None, recipient) if latest(changes, moment))"),
    bug("a consent to somebody else counts", CHOICES + "_state", "to in (None, recipient)", "True"),
    bug("one of the purposes of a form is enough", NEEDS + "_consent", "met = all(", "met = any("),
    bug("a withdrawal on another channel counts", CHOICES + "has_withdrawn", "{channel} if channel else ", ""),
    bug("what is left on one channel is forgotten", CHOICES + "has_withdrawn", "not states & STANDS and ", ""),
    bug("asking for consent is an end of it", CHOICES + "has_withdrawn", "states & ENDS", "states - STANDS - {None}"),
    bug("an objection to all marketing stops no part of it", CHOICES + "objects", " or against in WIDER.get(purpose, ())", ""),
    bug("a recipient may do what the controller was allowed", NEEDS + "_held_for_purpose", "asked.act.by_controller and ", ""),
    bug("consent to another purpose does not count", NEEDS + "_held_for_purpose", "(agreed or key[2] == purpose)", "key[2] == purpose"),
    bug("a rule of its own anywhere stands for that of the law", "ledger.core.judging.verdicts:_plan",
        "for condition in own for need in", "for condition in policy.conditions for need in"),
    bug("but for some purposes means for no purpose", "ledger.core.conditions:Scope.covers", "act.purposes <= self.except_purposes", "True"),
    bug("a consent given later counts", CHOICES + "latest", "if (change[0], change[1]) >= moment:", "if False:"),
    bug("an objection on all channels is not one on this", CHOICES + "objects", "on in (None, channel)", "on == channel"),
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
