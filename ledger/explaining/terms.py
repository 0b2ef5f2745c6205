"""Until when a holding is kept, in words: which rule counts and why, what starts the term, how long it runs, what moves it, and the date.

Pure. The rule and the date are the core's own (`Policy.rule_for`, `core/retention.py`): nothing is decided here.
Source: docs/policies.md sections 2 and 3.
"""

from __future__ import annotations

from datetime import date, tzinfo

from ledger.core.calendar import add_term, start_of_day
from ledger.core.law import Statute, law_from
from ledger.core.policy import Policy
from ledger.core.retention import due_of, waiting_for
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED, STARTS_OF, RetentionRule
from ledger.core.state import Attributes, Evidence, Holding
from ledger.core.statutory import LengthInLaw
from ledger.core.subject import Subject
from ledger.explaining.shapes import Group, Happened, Sentence, WorkedOut
from ledger.explaining.words import Words

_MOVED = {COLLECTION: "term.moved_collection", CONSENT_ENDED: "term.moved_consent"}
FISCAL = frozenset({"ledger:Invoicing", "ledger:FiscalRecordKeeping"})
TAX_LAW = "nl-awr-52"
OWN_REF = "own"
"""The ref of the data itself, where none is given."""


def term_of(policy: Policy, rule: RetentionRule | None, words: Words) -> list[Sentence]:
    """All that a rule says of a holding that it covers; without a rule, that there is no term."""
    if rule is None:
        return [Sentence(words.keys["term.none"])]
    which = _which(policy, rule, words)
    if NOT_STATED in rule.anchors:
        said = [*which, words.keys["term.not_stated"], *_length(policy, rule, words)]
    else:
        meant = [] if rule.kept == "at_most" else [words.keys[f"term.{rule.kept}"]]
        said = [*which, _start(rule, words), *_moves(rule, words), *_length(policy, rule, words), *meant, words.keys["term.hold"]]
    return [Sentence(text, (rule.id,)) for text in said]


def shorter_than_law(policy: Policy, group: Group, zone: tzinfo, words: Words) -> list[Sentence]:
    """That the tax law asks to keep it longer than the statement does. A finding alone: what is due stays as the statement says (X-01)."""
    law = law_from(policy.law) if policy.law else None
    statute = None if law is None else law.statute(TAX_LAW)
    rule = group.rule
    if statute is None or statute.term is None or rule is None or rule.statute is not None or rule.holder != "controller":
        return []
    if NOT_STATED in rule.anchors or not any(purpose in FISCAL for purpose in group.purposes):
        return []
    start = start_of_day(date.fromisoformat(policy.in_force_from), zone)  # any day does: the two lengths are compared from the same one
    if rule.due_at(start, zone) >= add_term(start, statute.term, zone, statute.rounding):
        return []
    return [Sentence(words.say("term.shorter_than_law", statute=statute_named(policy, TAX_LAW, words)), ("X-01",))]


def scope_of(rule: RetentionRule, words: Words, *, with_holder: bool = True) -> str:
    """Which holdings a rule covers."""
    said = words.keys[f"term.scope_{rule.holder}"] if with_holder else ""
    for name, values in (
        ("activities", sorted(rule.activities)),
        ("roles", words.names("recipient_roles", rule.roles)),
        ("purposes", words.names("purposes", rule.purposes)),
        ("categories", words.names("categories", rule.categories)),
    ):
        said += words.say(f"term.scope_{name}", names=words.one_of(values)) if values else ""
    if rule.customer is not None:
        said += words.keys["term.scope_customers" if rule.customer else "term.scope_others"]
    return said.strip(", ")


def clause(anchor: str, rule: RetentionRule, words: Words) -> str:
    """What must have happened, to stand after "when"."""
    purpose = words.name("purposes", rule.consent_to) if rule.consent_to else words.keys["own_purpose"]
    return words.say(f"milestone.{anchor}.{rule.per}", purpose=purpose)


def _which(policy: Policy, rule: RetentionRule, words: Words) -> list[str]:
    """Which rule of the file counts, and why those before it do not."""
    number = next(number for number, each in enumerate(policy.retention, 1) if each is rule)
    said = [words.say("term.rule", number=number, count=len(policy.retention), id=rule.id), words.say("term.scope", scope=scope_of(rule, words))]
    earlier = [each for each in policy.retention[: number - 1] if each.holder == rule.holder]
    passed = [words.say("term.passed_rule", id=each.id, scope=scope_of(each, words, with_holder=False)) for each in earlier]
    return said + ([words.say("term.passed", rules=words.all_of(passed))] if passed else [])


def _start(rule: RetentionRule, words: Words) -> str:
    clauses = [clause(anchor, rule, words) for anchor in rule.anchors]
    if len(clauses) == 1:
        return words.say("term.starts", clause=clauses[0])
    if rule.mode == "ALL":
        return words.say("term.starts_all", clauses=words.all_of(clauses))
    return words.say("term.starts_any", clauses=words.one_of(clauses))


def _length(policy: Policy, rule: RetentionRule, words: Words) -> list[str]:
    after, then = words.duration(rule.after), rule.then
    if then is not None:
        said = [words.say("term.lasts_chain", after=after, then=words.duration(then))]
    else:
        said = [words.say("term.lasts", after=after) if any(rule.after) else words.keys["term.at_once"]]
    if rule.rounding == "calendar_year_end":
        said.append(words.say("term.year_end", zone=policy.time_zone))
    elif any(rule.after) or then is not None:
        said.append(words.say("term.exact", zone=policy.time_zone))
    if rule.in_law:
        said.append(words.keys["term.by_statute"])
        said += [_version(version, words) for version in rule.in_law if version.first or version.until]
    if rule.statute is not None:
        said += _statute(policy, rule.statute, words)
    never_due = NOT_STATED in rule.anchors
    return said if never_due else [*said, words.say("term.acts_within", duration=words.duration(rule.acts_within))]


def _statute(policy: Policy, statute: str, words: Words) -> list[str]:
    known = law_from(policy.law).statute(statute) if policy.law else None
    said = [words.say("term.statute", statute=statute_named(policy, statute, words))]
    return said + ([_window(known, words)] if known is not None and (known.from_day or known.until) else [])


def statute_named(policy: Policy, statute: str, words: Words) -> str:
    """A statute by its title in this language, with its id and source; one that the law library does not know by its id."""
    known = law_from(policy.law).statute(statute) if policy.law else None
    if known is None:
        return words.say("term.statute_unknown", id=statute)
    title = known.name_nl if words.language == "nl" and known.name_nl else known.title
    return words.say("term.statute_known", title=title, id=statute, source=words.source(known.source))


def _window(known: Statute, words: Words) -> str:
    return words.say("term.statute_in_force", start=_day(known.from_day, "beginning", words), end=_day(known.until, "open", words))


def _version(version: LengthInLaw, words: Words) -> str:
    """How long one version of a statute makes the term."""
    after, then, rounding = version.length
    if then is None:
        length = words.say("term.lasts", after=words.duration(after))
    else:
        length = words.say("term.lasts_chain", after=words.duration(after), then=words.duration(then))
    start, end = _day(version.first, "beginning", words), _day(version.until, "open", words)
    said = words.say("term.by_version", start=start, end=end, length=length[:1].lower() + length[1:].rstrip("."))
    return said + (f" {words.keys['term.to_year_end']}" if rounding == "calendar_year_end" else "")


def _day(day: date | None, otherwise: str, words: Words) -> str:
    return words.day(day) if day else str(words.keys[otherwise])


def _moves(rule: RetentionRule, words: Words) -> list[str]:
    """What cancels the term or starts it anew; each sentence once."""
    said: list[str] = []
    for anchor in rule.anchors:
        starts = STARTS_OF.get(anchor)
        if starts:
            said.append(words.say("term.cancelled", start=words.one_of(words.keys[f"start.{start}.{rule.per}"] for start in starts)))
        else:
            said.append(words.keys[_MOVED.get(anchor, "term.moved")])
    return [*dict.fromkeys(said)]


def worked_out(group: Group, happened: Happened, zone: tzinfo) -> WorkedOut:
    """When the data must go, given what happened: the core's own date.

    Raises:
        TermError: beyond the year 9999.
    """
    rule, purposes, customer = group
    if rule is None:
        return WorkedOut(purposes, customer, None, None, None, ())
    subject, holding = _life(happened, rule.consent_to or purposes[0])
    found = due_of(subject, holding, rule, zone)
    if found is None:
        return WorkedOut(purposes, customer, rule.id, None, None, waiting_for(subject, holding, rule, zone))
    return WorkedOut(purposes, customer, rule.id, found[0], rule.overdue_at(found[0], zone), ())


def _life(happened: Happened, purpose: str) -> tuple[Subject, Holding]:
    """A subject with one holding and these milestones, as the fold keeps them: of each kind and ref the latest.

    purpose: whose consent, given when the data was collected, a CONSENT_ENDED ends.
    """
    subject = Subject(controller="", subject_ref="", message_key=b"", subject_id=b"")
    moments = [at for _, _, at in happened.milestones]
    collected = happened.collected_at if happened.collected_at is not None else min(moments, default=0)
    for kind, ref, at in happened.milestones:
        if kind == CONSENT_ENDED:
            given, ended = (min(collected, at), b"", 0, "GIVEN"), (at, b"\1", 0, "WITHDRAWN")
            subject.add_consent((purpose, None, None), given)
            subject.add_consent((purpose, None, None), ended)
            continue
        key, evidence = (kind, ref or OWN_REF), Evidence(at, b"", 0)
        if key not in subject.milestones or subject.milestones[key] < evidence:
            subject.reach(*key, evidence)
    return subject, Holding(("", None, purpose, OWN_REF, None), Attributes(""), Evidence(collected, b"", 0))


def due_in_words(found: WorkedOut, rule: RetentionRule | None, words: Words, zone: tzinfo) -> list[Sentence]:
    """The date in words, with the second before it and the second itself."""
    if rule is None or NOT_STATED in rule.anchors:
        return [Sentence(words.keys["worked_out.none"])]
    if found.due_at is None or found.overdue_at is None:
        conjoined = words.all_of if rule.mode == "ALL" else words.one_of
        return [Sentence(words.say("worked_out.waiting", clauses=conjoined(clause(each, rule, words) for each in found.waits_for)), (rule.id,))]
    if rule.kept == "at_least":
        return [Sentence(words.say("worked_out.not_before", moment=words.moment(found.due_at, zone)), (rule.id,))]
    before = words.moment(found.due_at - 1_000_000, zone)
    due = words.say("worked_out.due", moment=words.moment(found.due_at, zone), before=before)
    return [Sentence(due, (rule.id,)), Sentence(words.say("worked_out.overdue", moment=words.moment(found.overdue_at, zone)), (rule.id,))]
