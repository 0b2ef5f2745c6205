"""Which promises a fact breaks: the first rules of the language, judged by the policy in force when it happened.

Pure. Answers are memoised per kind of act, because the same activity, role, purposes and categories come back all the time; what depends on
the subject (consent, objection) is asked fresh. Source: docs/promises.md; X-04 = GDPR Art. 30, declared against observed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ledger.core.rules import PolicyInForce, Rules
from ledger.core.state import Change, Subject

UNDECLARED = "X-04"
VERDICTS_MEMO_MAX = 20_000
"""Far above any real mix of activities, roles and category sets; some 10 MB when full."""


class Verdict(NamedTuple):
    """One broken promise: its id, the rule that says so, and how bad (NOTE, WARNING, BREACH)."""

    promise: str
    rule: str
    severity: str


def judge_collection(rules: Rules, controller: str, fields: dict[str, Any]) -> tuple[Verdict, ...]:
    """What a DataCollected breaks: an undeclared activity, category or purpose, or a prohibition (MD-02, HH-01, SH-01, SH-02)."""
    published = rules.policy_at(controller, fields["occurred_at"])
    if published is None:
        return ()
    key = (published.event_id, "collect", fields["activity"], tuple(fields["purposes"]), tuple(fields["categories"]))
    found = rules.verdicts.get(key)
    return _remember(rules, key, _once(_collection(published, fields))) if found is None else found


def judge_share(rules: Rules, controller: str, fields: dict[str, Any]) -> tuple[Verdict, ...]:
    """What a DataShared breaks: an undeclared role, no service or order it is needed for (MD-13), a prohibition such as sale (MD-12)."""
    published = rules.policy_at(controller, fields["occurred_at"])
    if published is None:
        return ()
    key = (published.event_id, fields["recipient_role"], fields["purpose"], fields["ref"] is None, tuple(fields["categories"]))
    found = rules.verdicts.get(key)
    return _remember(rules, key, _once(_share(published, fields))) if found is None else found


def judge_use(rules: Rules, subject: Subject, fields: dict[str, Any]) -> tuple[Verdict, ...]:
    """What a DataUsed breaks: a prohibition, a send without consent (SO-05, SH-09) or after an objection (MD-20, HH-03)."""
    published = rules.policy_at(subject.controller, fields["occurred_at"])
    if published is None:
        return ()
    policy, purpose, channel, at = published.policy, fields["purpose"], fields["channel"] or "", fields["occurred_at"]
    purposes, categories = frozenset((purpose,)), frozenset(fields["categories"])
    verdicts = [Verdict(rule.id, "prohibited-use", "BREACH") for rule in policy.forbidden("use", "", "", purposes, categories)]
    for rule in policy.marketing_rules(purpose, channel):
        if rule.needs == "consent" and not has_consent(subject, purpose, fields["channel"], fields["recipient"], at):
            verdicts.append(Verdict(rule.id, "use-without-consent", "BREACH"))
        elif rule.needs == "no_objection" and has_objection(subject, purpose, fields["channel"], at):
            verdicts.append(Verdict(rule.id, "use-after-objection", "BREACH"))
    return _once(verdicts)


def has_consent(subject: Subject, purpose: str, channel: str | None, recipient: str | None, at: int) -> bool:
    """Whether consent stood at that moment: the latest step for the purpose (on this channel or on any) gave it."""
    steps = [
        step
        for (known, on, to), changes in subject.consents.items()
        if known == purpose and on in (None, channel) and to in (None, recipient)
        if (step := _last(changes, at)) is not None
    ]
    return bool(steps) and max(steps)[3] in ("GIVEN", "RENEWED")


def has_objection(subject: Subject, purpose: str, channel: str | None, at: int) -> bool:
    """Whether an objection stood at that moment, against the purpose on this channel or on all."""
    return any(
        (step := _last(changes, at)) is not None and step[3] == "RAISED"
        for (known, on), changes in subject.objections.items()
        if known == purpose and on in (None, channel)
    )


def _last(changes: list[Change], at: int) -> Change | None:
    return next((change for change in reversed(changes) if change[0] <= at), None)


def _once(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Each verdict once: two rules of one promise may say the same, and an outcome's id is made of promise and rule."""
    return tuple(dict.fromkeys(verdicts))


def _remember(rules: Rules, key: tuple[Any, ...], verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    if len(rules.verdicts) >= VERDICTS_MEMO_MAX:
        rules.verdicts.clear()
    rules.verdicts[key] = verdicts
    return verdicts


def _collection(published: PolicyInForce, fields: dict[str, Any]) -> tuple[Verdict, ...]:
    policy, activity = published.policy, fields["activity"]
    purposes, categories = frozenset(fields["purposes"]), frozenset(fields["categories"])
    verdicts = [Verdict(rule.id, "prohibited-collection", "BREACH") for rule in policy.forbidden("collect", activity, "", purposes, categories)]
    declared = policy.activities.get(activity)
    if declared is None:
        return (*verdicts, Verdict(UNDECLARED, "undeclared-activity", "WARNING"))
    promise = declared.promises[0] if declared.promises else UNDECLARED
    if not categories <= declared.categories:
        verdicts.append(Verdict(promise, "undeclared-category", "BREACH"))
    if not purposes <= declared.purposes:
        verdicts.append(Verdict(promise, "undeclared-purpose", "BREACH"))
    return tuple(verdicts)


def _share(published: PolicyInForce, fields: dict[str, Any]) -> tuple[Verdict, ...]:
    policy, role = published.policy, fields["recipient_role"]
    purposes, categories = frozenset((fields["purpose"],)), frozenset(fields["categories"])
    verdicts = [Verdict(rule.id, "prohibited-share", "BREACH") for rule in policy.forbidden("share", "", role, purposes, categories)]
    declared = policy.recipients.get(role)
    if declared is None:
        return (*verdicts, Verdict(UNDECLARED, "undeclared-recipient-role", "WARNING"))
    promise = declared.promises[0] if declared.promises else UNDECLARED
    if declared.needs_ref and fields["ref"] is None:
        verdicts.append(Verdict(promise, "share-without-ref", "BREACH"))
    if declared.purposes and not purposes <= declared.purposes:
        verdicts.append(Verdict(promise, "share-for-other-purpose", "BREACH"))
    if declared.categories and not categories <= declared.categories:
        verdicts.append(Verdict(promise, "share-of-other-category", "BREACH"))
    return tuple(verdicts)


