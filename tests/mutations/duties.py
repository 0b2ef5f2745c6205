"""Bugs in what must be done, by whom and until when: each breaks a line of docs/duties.md or of docs/policies.md sections 2, 3 and 7."""

from __future__ import annotations

from tests.mutations.planting import Bug, bug

CLOCK, WORKING_DAYS = "ledger.core.request_clock:clock_of", "ledger.core.working_days:"
CALENDAR, RETENTION, HOLDINGS = "ledger.core.calendar:", "ledger.core.retention:", "ledger.core.holdings:"
STATE, ERASING, FOLD, DUTIES = "ledger.core.state:", "ledger.core.erasing:", "ledger.core.fold:", "ledger.core.duties."

CLOCKS = (
    bug("an extension counts from the answer", CLOCK, "end = request_due(start, MONTHS_EXTENDED, zone)",
        "end = request_due(request.extended.at, MONTHS_EXTENDED, zone)"),
    bug("an extension told too late counts", CLOCK, "request.extended is not None and request.extended.at < end", "request.extended is not None"),
    bug("an extension counts on the last moment", CLOCK, "request.extended.at < end", "request.extended.at <= end"),
    bug("a paused clock runs", CLOCK, "start = max(received.at, now) if request.identified is None else request.identified.at",
        "start = received.at"),
    bug("an answer is due a day early", WORKING_DAYS + "request_due", "start_of_day(last + _DAY, zone)", "start_of_day(last, zone)"),
    bug("holidays are working days", WORKING_DAYS + "is_working_day", " and day not in public_holidays(day.year)", ""),
    bug("a day of a term is lost", CALENDAR + "_add_term", "timedelta(days=days)", "timedelta(days=days - 1 if days else 0)"),
    bug("a time that comes twice is due the first time", CALENDAR + "_instant_of", "if after >= before:",
        "if after > before:\n        return before\n    if after == before:"),
    bug("year ends are forgotten", CALENDAR + "_add_term", 'if rounding == "calendar_year_end":', 'if rounding == "never":'),
    bug("late one tick after it is", FOLD + "fold_tick", "obligation.overdue_at <= step.time_reached", "obligation.overdue_at < step.time_reached"),
    bug("a hold does not stop the clock", "ledger.core.obligations:runs_out", "end += period_end - counted_from", "end += 0"),
    bug("two holds at once stop the clock twice", "ledger.core.obligations:runs_out", "max(period_start, counted_to)", "max(period_start, start)"),
)  # fmt: skip
TERMS = (
    bug("due one microsecond after it is", ERASING + "call_for", "holding.due_at <= step.time_reached", "holding.due_at < step.time_reached"),
    bug("a new service takes nothing back", ERASING + "settle_what_is_over", "holding.due_at is None or holding.due_at > step.time_reached", "False"),
    bug("a ref that still runs is overlooked", RETENTION + "_last_end", "ended is None or ended.at < evidence.at", "False"),
    bug("at an equal moment the start wins", RETENTION + "_last_end", "ended.at < evidence.at", "ended.at <= evidence.at"),
    bug("one anchor of all is enough", RETENTION + "anchor_of", 'elif rule.mode == "ALL":', 'elif rule.mode == "NONE":'),
    bug("of any anchor the latest counts", RETENTION + "anchor_of", "first = min(found)", "first = max(found)"),
    bug("a later collection does not move the term", RETENTION + "_evidence", "return holding.latest", "return min(holding.categories.values())"),
    bug("a withdrawn consent ends nothing", "ledger.core.consent_end:consent_end", "if not standing:", "if not standing and state != 'WITHDRAWN':"),
    bug("an end on one channel ends all", "ledger.core.consent_end:_covers", "wide[0] in (None, narrow[0]) and ", ""),
    bug("what is erased at the moment it came is held", HOLDINGS + "erase", "elif first.at <= evidence.at:", "elif first.at < evidence.at:"),
    bug("an erasure that was known first is forgotten", HOLDINGS + "acquire", "if evidence.at <= covered:", "if False:"),
    bug("an erasure of one store is of all", HOLDINGS + "covers", "(store is None or store == key[1])", "True"),
)  # fmt: skip
REQUESTS = (
    bug("a later receipt counts", FOLD + "_request_received", "if request.received is None or evidence < request.received:",
        "if request.received is None or evidence > request.received:"),
    bug("an earlier receipt cancels nothing", FOLD + "_request_received", 're_anchor(subject, fields["request_ref"], step)', "pass"),
    bug("the first answer counts", FOLD + "_request_answered", "request.answered < evidence", "evidence < request.answered"),
    bug("an answer that came first is forgotten", DUTIES + "requests:call_for_answer",
        "request.received is None or request.outcome is not None or any",
        "request.received is None or any"),
    bug("what came after a request is asked for", STATE + "Request.asks_for", "and since <= self.received.at", "and True"),
    bug("a request asks for all categories", STATE + "Request.asks_for", "(not self.categories or category in self.categories)", "True"),
    bug("a refusal has no end", STATE + "Request.is_refused_for", "until is None or until > now", "True"),
    bug("the refusal that ends first counts", STATE + "Request.is_refused_for", "any(until", "all(until"),
    bug("a partial refusal refuses all", STATE + "Request.is_refused_for", 'return self.outcome == "REFUSED"', "return True"),
    bug("a request shortens what a statute keeps", ERASING + "call_for", "(rule is None or not rule.withstands_requests)", "True"),
    bug("the suppression list goes", ERASING + "call_for", " and holding.key[2] != SUPPRESSION", ""),
    bug("a hold that ended stands", STATE + "Period.stands_at", "(self.end is None or self.end > now)", "True"),
    bug("a hold holds nothing", ERASING + "call_for", "if free and subject.holds:", "if False:"),
    bug("a hold of one store is of all", STATE + "Period.covers", "self.store in (None, key[1])", "True"),
    bug("an export is not waited for", DUTIES + "before_erasure:wait_for_export", "waiting |= covered", "pass"),
    bug("an export that is done is waited for", DUTIES + "before_erasure:wait_for_export", " or request.outcome is not None", ""),
    bug("a recipient waits for the export too", DUTIES + "before_erasure:wait_for_export", " or holding.key[0] != subject.controller", ""),
    bug("a service is not waited for", DUTIES + "before_erasure:waits_for_service_end", "return bool(running)", "return False"),
    bug("a service that started again has ended", DUTIES + "before_erasure:running_services", "ended is None or ended.at < started.at",
        "ended is None"),
    bug("all data waits for the service", DUTIES + "before_erasure:_is_mandatory", "return declared is not None and declared.is_mandatory",
        "return True"),
)  # fmt: skip
NOTICES = (
    bug("an answer from before the correction is accepted", DUTIES + "rectification:_cause", "followed is None or followed.at < cause.at",
        "followed is None"),
    bug("who got it corrected must correct it", DUTIES + "rectification:_cause", "cause is None or cause.at < held.at", "cause is None"),
    bug("a correction of one ref is of all", DUTIES + "rectification:_latest", "{None, holding.key[3]}", "{None, 'r1', holding.key[3]}"),
    bug("the window of a breach ends a moment early", DUTIES + "breaches:affected_by", 'since.at <= breach["window_until"]',
        'since.at < breach["window_until"]'),
    bug("gone before the breach is affected", DUTIES + "breaches:_was_held", "default=start + 1) > start", "default=start + 1) >= start"),
    bug("a breach of one store is of all", DUTIES + "breaches:is_hit", 'breach["store"] in (None, key[1])', "True"),
    bug("who is not affected any more is told all the same", DUTIES + "breaches:_call_for_notice",
        "for obligation in open_ones:\n            settle(subject, obligation, step, \"CANCELLED\"",
        "for obligation in ():\n            settle(subject, obligation, step, \"CANCELLED\""),
    bug("a breach that is recorded again changes nothing", "ledger.core.rules:Rules._breach", "known is None or _when(known) < _when(fields)",
        "known is None"),
    bug("a bar on telling is ignored", DUTIES + "disclosures:_call_for_notice", 'decision[4] == "BARRED" and (', 'decision[4] == "NEVER" and ('),
    bug("a bar has no end", DUTIES + "disclosures:_call_for_notice", "decision[5] > step.time_reached", "True"),
    bug("due when it was decided, not when the bar ended", DUTIES + "disclosures:_of_decision", "max(evidence.at, _end_of_bar(decision))",
        "evidence.at"),
    bug("telling of the request tells of the decision", DUTIES + "disclosures:_call_for_notice", "else {DECISION})", "else {REQUEST, DECISION})"),
    bug("a refused disclosure is told", DUTIES + "disclosures:_of_decision", "decision is None or decision[3] not in DISCLOSED", "decision is None"),
)  # fmt: skip
PAPERS = (
    bug("told the authority at the last moment is late", DUTIES + "controller:_notified", "evidence.at > obligation.overdue_at",
        "evidence.at >= obligation.overdue_at"),
    bug("who was told late is not reported", DUTIES + "controller:_notified", "evidence.at > obligation.overdue_at", "False"),
    bug("the authority is told of every breach", "ledger.core.duty:Duty.is_for", "not self.risks or risk in self.risks", "True"),
    bug("the newest version counts, whatever the day", "ledger.core.rules:Rules.policy_at", "versions[max(found - 1, 0)]", "versions[-1]"),
    bug("announced on the day is late", DUTIES + "controller:_announced", 'announced_at > fields["in_force_from"]',
        'announced_at >= fields["in_force_from"]'),
    bug("an agreement lapses though another is in force", DUTIES + "controller:_report_lapses",
        "if next(step.rules.agreements_in_force(subject.controller, recipient, now), None) is None:", "if True:"),
    bug("a statement that was given is asked for", DUTIES + "controller:_call_for_statement", " or request.answered is not None", ""),
)  # fmt: skip
BUGS: tuple[Bug, ...] = (*CLOCKS, *TERMS, *REQUESTS, *NOTICES, *PAPERS)
