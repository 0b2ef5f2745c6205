"""Bugs in verdicts on facts: each breaks a line of docs/judging.md."""

from __future__ import annotations

from tests.mutations.planting import Bug, Change, bug

NEEDS, CHOICES = "ledger.core.judging.needs:", "ledger.core.judging.choices:"
DECLARED, SCOPE = "ledger.core.judging.declared:", "ledger.core.conditions:Scope.covers"

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
    bug("what a statement rests on is not looked at", NEEDS + "_statutes",
        "declared = {} if activity is None else activity.statutes", "declared = {}"),
    bug("a share never rests on a law", NEEDS + "_statutes",
        'if asked.act.kind == "share":', 'if asked.act.kind == "share":\n        return frozenset()\n    if False:'),
    bug("a legal obligation needs no law", NEEDS + "_statute_in_force", "is_demanded and not statutes", "False"),
    bug("any ground is a declared one", "ledger.core.judging.declared:_collection", "legal_basis not in declared.legal_bases", "False"),
    bug("who became a customer later is one", NEEDS + "_customer", "not is_before(reached, asked.moment)", "False"),
    bug("everybody is a customer", NEEDS + "_customer", 'else "use-for-non-customer"', "else None"),
    bug("news may come by any channel", "ledger.core.conditions:Scope.covers",
        "(not self.channels or act.channel in self.channels)", "not self.channels"),
    bug("a service that ended still runs", NEEDS + "_service_runs", "ended is None or ended < started", "True"),
    bug("what is not held may be used", NEEDS + "_held_for_purpose", 'return "use-for-other-purpose"', "return None"),
    bug("a restriction stands after its end", NEEDS + "_unrestricted", "step.until > asked.moment[0]", "step.until >= asked.moment[0]"),
    bug("a legal hold restricts", NEEDS + "_unrestricted", 'step.kind == "RESTRICTION"', "True"),
    bug("a restriction of one category is of all", NEEDS + "_unrestricted", "not asked.act.categories.isdisjoint(step.categories)", "True"),
    bug("a restriction of one store is of all", NEEDS + "_unrestricted", "step.store is None and ", ""),
    bug("consent lifts no restriction", NEEDS + "_unrestricted", " and _consent(asked) is not None", ""),
    bug("a notice given at any time is a prior one", NEEDS + "_prior_notice", "given is not None and is_before(given, asked.moment)",
        "given is not None"),
    bug("a share that leaves out its country goes nowhere", NEEDS + "_where_to", 'asked.fields["country"] or recipient["country"]',
        'asked.fields["country"]'),
    bug("a safeguard that only the register names is none", NEEDS + "_where_to", 'asked.fields["safeguard"] or recipient["safeguard"]',
        'asked.fields["safeguard"]'),
    bug("a payment overdue at any time is arrears", NEEDS + "_payment_overdue", "if any(is_before(reached, asked.moment) for reached in late):",
        "if late:"),
    bug("arrears of any invoice count for this one", NEEDS + "_payment_overdue", "ref in (None, of)", "True"),
    bug("anybody may have data outside the EU", NEEDS + "_stated_recipient", '"transfer-to-unnamed-recipient"', "None"),
    bug("any safeguard is a stated one", NEEDS + "_stated_safeguard", '"transfer-on-unstated-safeguard" if', "None if"),
    bug("who is not named is named", DECLARED + "_share", "act.recipient not in declared.named", "False"),
    bug("a store is any store", DECLARED + "_store", "if country is None:", "if False:"),
    bug("a store is in any country", DECLARED + "_store", "act.country != country", "False"),
    bug("a role that is left out is not", SCOPE, "act.role not in self.except_roles", "True"),
)  # fmt: skip
