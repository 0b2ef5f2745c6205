"""A policy in plain words: what it does to one holding and when, or to all of them, as sentences that a shell prints.

Pure: a policy and a question in, an Explanation out. Decides nothing: which rule counts, when a term ends and what an act needs are the core's own
answers, put into the words of one language (words.py). Source: docs/policies.md, docs/judging.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo

from ledger.contract.term_names import Language
from ledger.core.conditions import NONE, Terms
from ledger.core.policy import Policy, Promise
from ledger.core.withstanding import SUPPRESSION
from ledger.errors import CallerError
from ledger.explaining.acts import forbidden, needed
from ledger.explaining.declared import activity_in_words, role_in_words, title_of
from ledger.explaining.duties import duties_of
from ledger.explaining.shapes import Asked, Explanation, Group, Happened, Holding, Part, Sentence, WorkedOut
from ledger.explaining.terms import due_in_words, shorter_than_law, term_of, worked_out
from ledger.explaining.words import Words, words

ACTS = ("collect", "share", "use", "consult", "erase", "rectify")
"""Acts on data; an answer is about a request, and is said there."""


def explain(policy: Policy, asked: Asked, language: Language, zone: tzinfo, happened: Happened | None = None) -> Explanation:
    """Explain the holding that is asked about, or the whole policy. zone: its legal time. happened: to work out dates by.

    Raises:
        CallerError: the policy declares no such activity or role.
        TermError: a date is beyond the year 9999.
    """
    say, general = words(language), tuple[Part, ...]()
    if asked.activity is None and asked.role is None:
        each = [Asked(activity=name) for name in policy.activities] + [Asked(role=role) for role in policy.recipients]
        general = _parts(say, [("acts", [*forbidden(policy, say), *needed(policy, say, ACTS)]), ("request", needed(policy, say, ("answer",)))])
        general += _parts(say, [("duties", duties_of(policy, say)), ("remarks", _remarks(policy.promises, say))])
    else:
        _require_declared(policy, asked)
        each = [asked]
    return Explanation(
        policy=policy.name, controller=policy.controller, version=policy.version, title=policy.title, in_force_from=policy.in_force_from,
        language=language, general=general,
        header=_header(policy, say),
        holdings=tuple(_holding(policy, one, say, zone, happened, is_whole=bool(general)) for one in each),
    )  # fmt: skip


def _header(policy: Policy, say: Words) -> str:
    day = say.day(date.fromisoformat(policy.in_force_from))
    return say.say("header", controller=policy.controller, policy=policy.name, version=policy.version, day=day)


def _require_declared(policy: Policy, asked: Asked) -> None:
    for name, kind, declared in ((asked.activity, "activity", policy.activities), (asked.role, "role", policy.recipients)):
        if name is not None and name not in declared:
            raise CallerError(f"cannot explain: the policy declares no such {kind}", hint=f"it declares {', '.join(declared)}")


def _holding(policy: Policy, asked: Asked, say: Words, zone: tzinfo, happened: Happened | None, *, is_whole: bool) -> Holding:
    """One activity or role. When the whole policy is explained, what is forbidden or needed is said once, for all."""
    activity = policy.activities[asked.activity] if asked.activity is not None else None
    role = policy.recipients[asked.role] if activity is None and asked.role is not None else None
    categories = asked.categories or (activity.categories if activity else role.categories if role else NONE)
    groups = _groups(policy, asked, categories)
    declared = activity_in_words(policy, activity, asked, say) if activity else role_in_words(policy, role, say) if role else []
    request = [] if is_whole else needed(policy, say, ("answer",))
    purposes = frozenset(purpose for group in groups for purpose in group.purposes)
    is_mandatory = activity.is_mandatory if activity else _is_mandatory(policy, purposes)
    erasure = _request(policy, groups, say, is_recipient=role is not None, is_mandatory=is_mandatory)
    parts = [("declared", declared), ("term", _terms(policy, groups, say, zone)), ("request", [*erasure, *request])]
    if not is_whole:
        stores = frozenset(store.name for store in activity.stores) if activity else NONE
        about = {"categories": categories, "purposes": purposes, "activity": asked.activity, "role": asked.role, "stores": stores}
        rules = [group.rule for group in groups if group.rule]
        parts.append(("acts", [*forbidden(policy, say, **about), *needed(policy, say, ACTS, rules, **about)]))
        parts.append(("duties", duties_of(policy, say, is_mandatory=is_mandatory, is_own=activity is not None)))
        cited = {promise for _, said in parts for sentence in said for promise in sentence.cites}
        parts.append(("remarks", _remarks([promise for promise in policy.promises if promise.id in cited], say)))
    found: list[WorkedOut] = []
    if happened is not None:
        found = [worked_out(group, happened, zone) for group in groups]
        parts.append(("worked_out", _dates(groups, found, happened, say, zone)))
    title = title_of(activity, say) if activity else say.name("recipient_roles", asked.role or "")
    return Holding(activity=asked.activity, role=asked.role, title=title, parts=_parts(say, parts), worked_out=tuple(found))


def _is_mandatory(policy: Policy, purposes: Terms) -> bool:
    """Whether what a recipient holds is needed for a contract: it is there for a purpose of such an activity. The empty purpose is any."""
    return any(activity.is_mandatory and ("" in purposes or not purposes.isdisjoint(activity.purposes)) for activity in policy.activities.values())


def _groups(policy: Policy, asked: Asked, categories: Terms) -> list[Group]:
    """The purposes of a holding, together where the same rule counts; in the order of the file, without a rule last.

    A role without purposes of its own may get data for any: those that rules name are told apart, the empty one stands for all others.
    """
    purposes: Iterable[str]
    if asked.purpose is not None:
        purposes = (asked.purpose,)
    elif asked.activity is not None:
        purposes = policy.activities[asked.activity].purposes
    else:
        named = {purpose for rule in policy.retention if rule.holder == "recipient" for purpose in rule.purposes}
        purposes = policy.recipients[asked.role or ""].purposes or {"", *named}
    customers = (False, True) if policy.asks_customer and asked.customer is None else (bool(asked.customer),)
    found: dict[tuple[int, tuple[bool, ...]], list[str]] = {}
    for purpose in sorted(purposes):
        of: dict[int, tuple[bool, ...]] = {}
        for customer in customers:
            rule = policy.rule_for(asked.activity is not None, asked.activity or "", asked.role or "", purpose, categories, customer)
            place = next((place for place, each in enumerate(policy.retention) if each is rule), len(policy.retention))
            of[place] = (*of.get(place, ()), customer)
        for each in of.items():
            found.setdefault(each, []).append(purpose)
    groups = []
    for (place, whom), those in sorted(found.items()):
        is_everybody = whom == customers and asked.customer is None
        groups.append(Group((*policy.retention, None)[place], tuple(those), None if is_everybody else whom[0]))
    return groups


def _terms(policy: Policy, groups: list[Group], say: Words, zone: tzinfo) -> list[Sentence]:
    said: list[Sentence] = []
    for group in groups:
        if len(groups) > 1:
            said.append(_for(group, say))
        said += [*term_of(policy, group.rule, say), *shorter_than_law(policy, group, zone, say)]
    if len({purpose for group in groups for purpose in group.purposes}) > 1:
        said.append(Sentence(say.keys["term.several"]))
    return said


def _request(policy: Policy, groups: list[Group], say: Words, *, is_recipient: bool, is_mandatory: bool) -> list[Sentence]:
    """What a request for erasure does to it: GDPR Art. 17, docs/policies.md section 7."""
    said: list[Sentence] = []
    plain = _called_for(policy, say, is_recipient=is_recipient, is_mandatory=is_mandatory)
    for group in groups:
        if len(groups) > 1:
            said.append(_for(group, say))
        if group.rule is not None and group.rule.withstands_requests:
            said.append(Sentence(say.keys["request.statute"], (group.rule.id, "GDPR-17")))
        elif SUPPRESSION in group.purposes:
            said.append(Sentence(say.keys["request.suppression"], ("GDPR-17",)))
        else:
            said += plain
    return [*said, Sentence(say.keys["request.recipient"], ("X-05",))] if is_recipient else said


def _called_for(policy: Policy, say: Words, *, is_recipient: bool, is_mandatory: bool) -> list[Sentence]:
    """That a request calls for the data, what comes first and the time that is stated: core/duties/before_erasure.py, core/request_clock.py."""
    ends = next((duty for duty in policy.duties if duty.is_for("erasure", "end_service")), None) if is_mandatory else None
    key = "request.plain" if ends is None else "request.after_service"
    said = [Sentence(say.keys[key], ("GDPR-17",) if ends is None else ("GDPR-17", ends.id))]
    erases = None if is_recipient else next((duty for duty in policy.duties if duty.is_for("request", "erase", right="ERASURE")), None)
    if erases is not None and erases.acts_within is not None:
        said.append(Sentence(say.say("request.within", duration=say.duration(erases.acts_within)), (erases.id,)))
    return said


def _dates(groups: list[Group], found: list[WorkedOut], happened: Happened, say: Words, zone: tzinfo) -> list[Sentence]:
    told = [Sentence(say.say("worked_out.collected", moment=say.moment(happened.collected_at, zone)))] if happened.collected_at is not None else []
    for kind, ref, at in sorted(happened.milestones, key=lambda each: each[2]):
        key = "worked_out.milestone" if ref is None else "worked_out.milestone_of"
        consent = next((group.rule.consent_to for group in groups if group.rule is not None and group.rule.consent_to), None)
        reached = say.say(f"milestone.{kind}.ref", purpose=say.name("purposes", consent) if consent else say.keys["own_purpose"])
        told.append(Sentence(say.say(key, reached=reached, ref=ref, moment=say.moment(at, zone))))
    for group, due in zip(groups, found, strict=True):
        told += [_for(group, say)] if len(groups) > 1 else []
        told += due_in_words(due, group.rule, say, zone)
    return told


def _for(group: Group, say: Words) -> Sentence:
    key = "term.for_purposes" if group.customer is None else "term.for_customers" if group.customer else "term.for_others"
    return Sentence(say.say(key, purposes=say.all_of(say.names("purposes", group.purposes))))


def _remarks(promises: Iterable[Promise], say: Words) -> list[Sentence]:
    """What is noted of promises, and how the rest of each stands."""
    found = []
    for promise in promises:
        if promise.note:
            note = promise.note_nl if say.language == "nl" and promise.note_nl else promise.note
            said = [say.code("remarks", promise.status).format(note=note), *(say.code("also", each) for each in promise.also)]
            found += [Sentence(text, (promise.id,)) for text in said]
    return found


def _parts(say: Words, parts: list[tuple[str, list[Sentence]]]) -> tuple[Part, ...]:
    return tuple(Part(about, say.keys[f"parts.{about}"], tuple(sentences)) for about, sentences in parts if sentences)
