"""Until when a holding is kept, in words: which rule counts and why, what starts the term, how long it runs, what moves it, and the date.

Pure. The rule and the date are the core's own (`Policy.rule_for`, `core/retention.py`): nothing is decided here.
Source: docs/policies.md sections 2 and 3.
"""

from __future__ import annotations

from datetime import date, tzinfo

from ledger.core.law import Statute, law_from
from ledger.core.policy import Policy
from ledger.core.retention import due_of, waiting_for
from ledger.core.retention_rule import COLLECTION, STARTS_OF, RetentionRule
from ledger.core.state import Attributes, Evidence, Holding, Subject
from ledger.explaining.shapes import Happened, Sentence, WorkedOut
from ledger.explaining.words import Words

OWN_REF = "own"
"""The ref of the data itself, where none is given."""


def term_of(policy: Policy, rule: RetentionRule | None, words: Words) -> list[Sentence]:
    """All that a rule says of a holding that it covers; without a rule, that there is no term."""
    if rule is None:
        return [Sentence(words.keys["term.none"])]
    said = [*_which(policy, rule, words), _start(rule, words), *_moves(rule, words), *_length(policy, rule, words), words.keys["term.hold"]]
    return [Sentence(text, (rule.id,)) for text in said]


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
    return said.strip(", ")


def clause(anchor: str, rule: RetentionRule, words: Words) -> str:
    """What must have happened, to stand after "when"."""
    return str(words.keys[f"milestone.{anchor}.{rule.per}"])


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
    if rule.statute is not None:
        said += _statute(policy, rule.statute, words)
    return [*said, words.say("term.acts_within", duration=words.duration(rule.acts_within))]


def _statute(policy: Policy, statute: str, words: Words) -> list[str]:
    known = law_from(policy.law).statute(statute) if policy.law else None
    if known is None:
        return [words.say("term.statute", statute=words.say("term.statute_unknown", id=statute))]
    title = known.name_nl if words.language == "nl" and known.name_nl else known.title
    said = [words.say("term.statute", statute=words.say("term.statute_known", title=title, id=statute, source=known.source))]
    return said + ([_window(known, words)] if known.from_day or known.until else [])


def _window(known: Statute, words: Words) -> str:
    def said(day: date | None, otherwise: str) -> str:
        return words.day(day) if day else words.keys[otherwise]

    return words.say("term.statute_in_force", start=said(known.from_day, "beginning"), end=said(known.until, "open"))


def _moves(rule: RetentionRule, words: Words) -> list[str]:
    """What cancels the term or starts it anew; each sentence once."""
    said: list[str] = []
    for anchor in rule.anchors:
        starts = STARTS_OF.get(anchor)
        if starts:
            said.append(words.say("term.cancelled", start=words.one_of(words.keys[f"start.{start}.{rule.per}"] for start in starts)))
        else:
            said.append(words.keys["term.moved_collection" if anchor == COLLECTION else "term.moved"])
    return [*dict.fromkeys(said)]


def worked_out(rule: RetentionRule | None, purposes: tuple[str, ...], happened: Happened, zone: tzinfo) -> WorkedOut:
    """When the data must go, given what happened: the core's own date.

    Raises:
        TermError: beyond the year 9999.
    """
    if rule is None:
        return WorkedOut(purposes, None, None, None, ())
    subject, holding = _life(happened)
    found = due_of(subject, holding, rule, zone)
    if found is None:
        return WorkedOut(purposes, rule.id, None, None, waiting_for(subject, holding, rule))
    return WorkedOut(purposes, rule.id, found[0], rule.overdue_at(found[0], zone), ())


def _life(happened: Happened) -> tuple[Subject, Holding]:
    """A subject with one holding and these milestones, as the fold keeps them: of each kind and ref the latest."""
    subject = Subject(controller="", subject_ref="", message_key=b"", subject_id=b"")
    for kind, ref, at in happened.milestones:
        key, evidence = (kind, ref or OWN_REF), Evidence(at, b"", 0)
        if key not in subject.milestones or subject.milestones[key] < evidence:
            subject.milestones[key] = evidence
    moments = [at for _, _, at in happened.milestones]
    collected = happened.collected_at if happened.collected_at is not None else min(moments, default=0)
    return subject, Holding(("", None, "", OWN_REF, None), Attributes(""), Evidence(collected, b"", 0))


def due_in_words(found: WorkedOut, rule: RetentionRule | None, words: Words, zone: tzinfo) -> list[Sentence]:
    """The date in words, with the second before it and the second itself."""
    if rule is None:
        return [Sentence(words.keys["worked_out.none"])]
    if found.due_at is None or found.overdue_at is None:
        conjoined = words.all_of if rule.mode == "ALL" else words.one_of
        return [Sentence(words.say("worked_out.waiting", clauses=conjoined(clause(each, rule, words) for each in found.waits_for)), (rule.id,))]
    before = words.moment(found.due_at - 1_000_000, zone)
    due = words.say("worked_out.due", moment=words.moment(found.due_at, zone), before=before)
    return [Sentence(due, (rule.id,)), Sentence(words.say("worked_out.overdue", moment=words.moment(found.overdue_at, zone)), (rule.id,))]
