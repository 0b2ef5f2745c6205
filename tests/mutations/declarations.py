"""Bugs in what a policy declares and forbids, in the law of the day, and in the needs that verdicts.py leaves (docs/judging.md)."""

from __future__ import annotations

from tests.mutations.planting import Bug, bug

COLLECTIONS, REQUESTS = "ledger.core.judging.needs_of_collections:", "ledger.core.judging.needs_of_requests:"
SHARES, USES = "ledger.core.judging.needs_of_shares:", "ledger.core.judging.needs_of_uses:"
DECLARED, LAW = "ledger.core.judging.declared:", "ledger.core.law:LawInZone."
SCOPE = "ledger.core.conditions:Scope.covers"

DECLARATIONS = (
    bug("any category may be collected", DECLARED + "_collection", "not act.categories <= declared.categories", "False"),
    bug("any purpose may be collected for", DECLARED + "_collection", "not act.purposes <= declared.purposes", "False"),
    bug("any origin is as good", DECLARED + "_collection", "origin not in declared.origins", "False"),
    bug("an activity that nobody declared is as good", DECLARED + "_collection", '[Verdict(UNDECLARED, "undeclared-activity", "WARNING")]', "[]"),
    bug("any category may be shared", DECLARED + "_share", "not act.categories <= declared.categories", "False"),
    bug("any purpose may be shared for", DECLARED + "_share", "not act.purposes <= declared.purposes", "False"),
    bug("a role that nobody declared is as good", DECLARED + "_share", '[Verdict(UNDECLARED, "undeclared-recipient-role", "WARNING")]', "[]"),
    bug("a prohibition needs all its categories", SCOPE, "not self.categories.isdisjoint(act.categories)", "self.categories <= act.categories"),
    bug("a prohibition of some purposes is of all", SCOPE, "not self.purposes or not self.purposes.isdisjoint(act.purposes)", "True"),
    bug("whoever does it plays no part", SCOPE, '(self.by == "any" or act.by_controller == (self.by == "controller"))', "True"),
)  # fmt: skip
LAW_OF_THE_DAY = (
    bug("a statute that has ended is in force", LAW + "statute_in_force", "window.start <= at < window.end", "window.start <= at"),
    bug("a statute that nobody knows is in force", LAW + "statute_in_force", "None if window is None", "True if window is None"),
    bug("a safeguard that has ended is one", LAW + "transfer", "window.start <= at < window.end", "window.start <= at"),
    bug("a safeguard covers every country", LAW + "transfer", "(countries and country not in countries)", "False"),
)  # fmt: skip
OTHER_NEEDS = (
    bug("any role will do", SHARES + "registered_role", 'recipient["role"] == asked.act.role', "True"),
    bug("any extension will do", SHARES + "extension", 'asked.act.product in recipient["extensions"]', "True"),
    bug("any ground will do", SHARES + "legal_ground", 'asked.fields["disclosure_ground"] in asked.condition.grounds',
        'asked.fields["disclosure_ground"]'),
    bug("a bar on telling has no end", SHARES + "disclosure_notice", "decision[5] > asked.moment[0]", "True"),
    bug("a refused disclosure is decided", SHARES + "decided", 'decision[3] not in ("GRANTED", "PARTLY")', "False"),
    bug("who is not registered is", SHARES + "registered", "None if recipient_of(asked) else", "None if True else"),
    bug("any country will do", COLLECTIONS + "declared_country", "country in promised", "True"),
    bug("a session that has ended is open", COLLECTIONS + "open_session", "logout is None or logout < login", "True"),
    bug("statistics of a person are anonymous", COLLECTIONS + "unlinked", "None if asked.subject.is_dataset else", "None if True else"),
    bug("a log may grow for ever", COLLECTIONS + "records_before", "held(holding, category, asked.moment) and day_of", "False and day_of"),
    bug("two entries of one day are two records", COLLECTIONS + "records_before", ".zone) < today", ".zone) <= today"),
    bug("who asks is always known", REQUESTS + "identity", "None if identified is not None and is_before(identified, asked.moment) else",
        "None if True else"),
    bug("a refusal needs no reason", REQUESTS + "reason", 'None if asked.fields["reasons"] else', "None if True else"),
    bug("a refusal needs no law", REQUESTS + "statute_cited", "statute is not None and law.statute_in_force(statute, at)", "True"),
    bug("a must may be asked as a choice", COLLECTIONS + "asked_as_must", '"must-asked-as-choice" if', "None if"),
    bug("a choice may be asked as a must", COLLECTIONS + "asked_as_choice", '"choice-asked-as-must" if', "None if"),
    bug("a choice among musts is asked as one", COLLECTIONS + "asked_as_choice", "alone and ", ""),
    bug("who says nothing of choice asks a must", COLLECTIONS + "asked_as_choice",
        'asked.fields["necessity"] == "REQUIRED"', 'asked.fields["necessity"] != "OPTIONAL"'),
    bug("a share need not say of which product", SHARES + "product", "None if asked.act.product else", "None if True else"),
    bug("a share without a service is one with", SHARES + "service_ref", 'None if asked.fields["ref"] else', "None if True else"),
)  # fmt: skip
BUGS: tuple[Bug, ...] = (*DECLARATIONS, *LAW_OF_THE_DAY, *OTHER_NEEDS)
