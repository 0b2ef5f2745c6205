"""The verdicts on one fact: declared, forbidden, and asked for.

Pure. What a policy says of a kind of act is worked out once and remembered, because the same acts come back all the time; what depends on the
subject or on the register is asked afresh, and only where a condition asks for it. Source: docs/judging.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from ledger.core.conditions import COUNTED_PURPOSES, Act, Condition, Scope
from ledger.core.holdings import NeedsHistory, is_to_the_person
from ledger.core.judging.acts import act_of
from ledger.core.judging.asked import Asked
from ledger.core.judging.declared import Verdict, undeclared
from ledger.core.judging.grounds import grounds_of
from ledger.core.judging.needs import broken_rule
from ledger.core.judging.then import subject_then
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.subject import Subject

VERDICTS_MEMO_MAX: Final = 20_000
"""Far above any real mix of activities, roles and category sets; some 20 MB when full."""
_ACT_NAMES: Final = {"collect": "prohibited-collection", "share": "prohibited-share", "use": "prohibited-use", "consult": "prohibited-look-up"}
BY_LAW: Final = (
    Condition(id="GDPR-5-1-b", act="use", scope=Scope(), needs=("held_for_purpose",)),
    Condition(id="GDPR-5-1-b", act="consult", scope=Scope(), needs=("held_for_purpose",)),
    Condition(id="GDPR-5-1-b", act="share", scope=Scope(by="recipient"), needs=("held_for_purpose",)),
    # Where consent is asked for, a missing one is found already: the same use is not said to break two rules.
    Condition(id="GDPR-7-3", act="use", scope=Scope(), needs=("not_withdrawn", "consent")),
    Condition(id="GDPR-7-3", act="share", scope=Scope(), needs=("not_withdrawn", "consent")),
    Condition(id="GDPR-21-3", act="use", scope=Scope(purposes=COUNTED_PURPOSES), needs=("no_objection",)),
    Condition(id="GDPR-21-3", act="share", scope=Scope(purposes=COUNTED_PURPOSES), needs=("no_objection",)),
    Condition(id="X-04", act="share", scope=Scope(), needs=("registered_role",), severity="WARNING"),
    Condition(id="GDPR-44", act="share", scope=Scope(), needs=("transfer",)),
    Condition(id="GDPR-18", act="use", scope=Scope(by="controller"), needs=("unrestricted",), severity="WARNING"),
    Condition(id="GDPR-18", act="share", scope=Scope(by="controller"), needs=("unrestricted",), severity="WARNING"),
    Condition(id="GDPR-6-1-c", act="collect", scope=Scope(), needs=("statute_in_force",)),
    Condition(id="GDPR-12-3", act="answer", scope=Scope(outcomes=frozenset({"FULFILLED"})), needs=("done",), severity="WARNING"),
    Condition(id="GDPR-12-4", act="answer", scope=Scope(outcomes=frozenset({"REFUSED", "PARTLY"})), needs=("reason",)),
    Condition(id="GDPR-17-3-b", act="answer", scope=Scope(outcomes=frozenset({"REFUSED", "PARTLY"})), needs=("statute_cited",)),
)
"""What the law asks of every controller, unless its own statement promises it too of that act."""
SEVERITIES: Final = ("NOTE", "WARNING", "BREACH")
OBJECTIONS: Final = frozenset({"no_objection", "no_objection_to"})

History = Callable[[], Iterable[tuple[int, str, dict[str, Any]]]]
Plan = tuple[tuple[Verdict, ...], tuple[Condition, ...], Act | None]


def judge(rules: Rules, subject: Subject, type_name: str, fields: dict[str, Any], history: History) -> tuple[Verdict, ...]:
    """The promises a fact breaks, each with each rule once. history: the subject's facts so far, asked for only rarely."""
    if not rules.policies:
        return ()
    published = rules.policy_at(subject.controller, fields["occurred_at"])
    if published is None:
        return ()
    key = (published.event_id, type_name, *_asked_of(type_name, fields))
    plan = rules.verdicts.get(key)
    if plan is None:
        plan = _remember(rules, key, _plan(published, act_of(type_name, fields), fields))
    verdicts: tuple[Verdict, ...] = plan[0]
    _, conditions, act = plan
    if act is None or not conditions:
        return verdicts
    moment = (fields["occurred_at"], fields["event_id"])
    broken: list[Verdict] = []
    then: Subject | None = None  # the same for every condition, and dear: it reads the history
    for condition in conditions:
        asked = Asked(rules, published, subject, act, fields, moment, condition)
        try:
            rule = broken_rule(asked)
        except NeedsHistory:
            then = then or subject_then(subject, history(), moment)
            asked = asked._replace(subject=then)
            rule = broken_rule(asked)
        if rule is not None:
            broken.append(Verdict(condition.id, rule, condition.severity, grounds_of(asked)))
    return _each_once(*verdicts, *broken) if broken else verdicts


def _each_once(*verdicts: Verdict) -> tuple[Verdict, ...]:
    """Two conditions may break one promise by one rule: that is one verdict, as bad as the worse one, which rests on what both rest on."""
    found: dict[tuple[str, str], Verdict] = {}
    for each in verdicts:
        known = found.get((each.promise, each.rule), each)
        worst = max(known.severity, each.severity, key=SEVERITIES.index)
        found[each.promise, each.rule] = replace(known, severity=worst, because=known.because | each.because)
    return tuple(found.values())


def _plan(published: PolicyInForce, act: Act | None, fields: dict[str, Any]) -> Plan:
    """What can be said without the subject, and what has to be asked of it."""
    if act is None:
        return (), (), None
    policy, because = published.policy, frozenset((published.event_id,))
    verdicts = [Verdict(rule.id, _ACT_NAMES[act.kind], rule.severity) for rule in policy.prohibitions if rule.forbids(act)]
    verdicts += undeclared(policy, act, fields.get("origin", "UNKNOWN"), fields.get("legal_basis", ""))
    own = [condition for condition in policy.conditions if condition.applies_to(act)]
    needs = {need for condition in own for need in condition.needs}
    by_law = [condition for condition in BY_LAW if condition.applies_to(act) and not needs.intersection(condition.needs)]
    if act.kind == "share" and is_to_the_person(fields):  # he is no third party; but he may have objected to what he gets
        return (), tuple(condition for condition in (*own, *by_law) if OBJECTIONS.intersection(condition.needs)), act
    stated = [condition for condition in policy.stated if condition.applies_to(act)]
    return _each_once(*(replace(each, because=because) for each in verdicts)), (*own, *stated, *by_law), act


def _asked_of(type_name: str, fields: dict[str, Any]) -> tuple[Any, ...]:
    """All that a plan depends on."""
    match type_name:
        case "DataShared":
            to_the_person = is_to_the_person(fields)  # then the recipient is a pseudonym: each would have a plan of its own
            return (
                fields["by"] == fields["controller"], fields["recipient_role"], None if to_the_person else fields["recipient"], fields["purpose"],
                fields["product"], tuple(fields["categories"]),
            )  # fmt: skip
        case "DataCollected":
            grounds = fields["origin"], fields["legal_basis"]
            return fields["activity"], fields["store"], fields["country"], *grounds, tuple(fields["purposes"]), tuple(fields["categories"])
        case "DataUsed":
            return fields["by"] == fields["controller"], fields["purpose"], fields["channel"], fields["recipient"], tuple(fields["categories"])
        case "DataConsulted":
            return fields["purpose"], tuple(fields["categories"])
        case "DataErased":
            return fields["by"] == fields["controller"], fields["store"], tuple(fields["purposes"]), tuple(fields["categories"])
        case "DataRectified":
            return fields["by"] == fields["controller"], tuple(fields["categories"])
        case "RequestAnswered":
            return (fields["outcome"],)
        case _:
            return ()


def _remember(rules: Rules, key: tuple[Any, ...], plan: Plan) -> Plan:
    if len(rules.verdicts) >= VERDICTS_MEMO_MAX:
        rules.verdicts.clear()
    rules.verdicts[key] = plan
    return plan
