"""A policy as `ledger policy show` prints it: short, with the terms of the file. In sentences: `ledger policy explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.core.calendar import Duration
    from ledger.core.conditions import Condition, Prohibition, Scope
    from ledger.core.policy import Policy
    from ledger.core.retention_rule import RetentionRule
    from ledger.core.stated_record import Security


def policy_text(policy: Policy) -> str:
    """The whole policy, section by section, with the terms as they stand in the file."""
    from ledger.answers.stated_record import contacts_of
    from ledger.cli.register_tables import contact_lines

    lines = [policy.title, f"{policy.controller}, version {policy.version}, in force from {policy.in_force_from}"]
    lines += [*contact_lines(contacts_of(policy)), *_people_and_security(policy.data_subjects, policy.security, ""), "", "Activities"]
    for activity in policy.activities.values():
        stores = ", ".join(f"{store.name} ({store.country})" for store in activity.stores)
        lines.append(f"  {activity.name}: {activity.title}  [{' '.join(activity.promises)}]")
        lines.append(f"    keeps {_words(activity.categories)}")
        lines.append(f"    for {_words(activity.purposes)}; in {stores}")
        lines += [f"    on behalf of {activity.on_behalf_of}"] if activity.on_behalf_of else []
        lines += _people_and_security(activity.data_subjects, activity.security, "    ")
    lines += ["", "Kept until"]
    lines += [f"  {rule.id}: {rule_text(rule)}" for rule in policy.retention]
    lines += [f"  no term is stated: {activity} for {_words(purposes)}" for activity, purposes in policy.without_term().items()]
    lines += ["", "Shared with"]
    for role in policy.recipients.values():
        purposes = f" for {_words(role.purposes)}" if role.purposes else ""
        lines.append(f"  {role.role}{purposes}  [{' '.join(role.promises)}]")
        lines += [f"    nobody but {_words(role.named)}"] if role.named else [f"    such as {_words(role.such_as)}"] if role.such_as else []
    if policy.transfers is not None:
        whom, rest_on = _words(policy.transfers.recipients) or "anybody", _words(policy.transfers.safeguards)
        lines.append(f"  outside the EU: {whom}{f' on {rest_on}' if rest_on else ''}  [{policy.transfers.promise}]")
    lines += ["", "Never"]
    lines += [f"  {rule.id}: {_prohibition_text(rule)}" for rule in policy.prohibitions]
    lines += ["", "Only"] if policy.conditions else []
    lines += [f"  {condition.id}: {_condition_text(condition)}" for condition in policy.conditions]
    remarks = [promise for promise in policy.promises if promise.note]
    lines += ["", "Silent or outdated"] if remarks else []
    lines += [f"  {promise.id}: {promise.status}: {promise.note}" for promise in remarks]
    return "\n".join(lines)


def _people_and_security(data_subjects: frozenset[str], security: Security, indent: str) -> list[str]:
    secured = "; ".join(each for each in (_words(security.measures), security.note) if each)
    return [*([f"{indent}about {_words(data_subjects)}"] if data_subjects else []), *([f"{indent}secured by {secured}"] if secured else [])]


def _prohibition_text(rule: Prohibition) -> str:
    acts = [kind for kind in ("collect", "share", "use", "consult") if kind in rule.acts]
    return f"{' or '.join(acts)} {_scope_text(rule.scope)}"


def _condition_text(condition: Condition) -> str:
    cap = condition.at_most
    needs = " or ".join(need.replace("_", " ") for need in condition.needs)
    how = f"at most {cap.count} times within {_duration_text(cap.within)}" if cap else f"needs {needs}"
    return f"{condition.act} {_scope_text(condition.scope)}: {how}"


def _scope_text(scope: Scope) -> str:
    parts = [_words(scope.categories) or "anything"]
    for word, terms in (
        ("for", scope.purposes), ("for anything but", scope.except_purposes), ("in", scope.activities), ("into", scope.stores), ("with", scope.roles),
        ("with anybody but", scope.except_roles),
        ("to", scope.recipients), ("of product", scope.products), ("of any product but", scope.except_products),
        ("by", scope.channels), ("answered", scope.outcomes),
    ):  # fmt: skip
        parts += [f"{word} {_words(terms)}"] if terms else []
    return " ".join(parts) + ("" if scope.by == "any" else f", by the {scope.by}")


def rule_text(rule: RetentionRule) -> str:
    """Say a retention rule in words."""
    what = ", ".join(sorted(rule.activities)) or (", ".join(sorted(rule.roles)) or "all")
    if rule.customer is not None:
        what += f" of {'customers' if rule.customer else 'those who are no customers'}"
    anchors = (" and " if rule.mode == "ALL" else " or ").join(anchor.lower().replace("_", " ") for anchor in rule.anchors)
    which = "of the same ref" if rule.per == "ref" else "of the person"
    starts = {"COLLECTION": "its collection", "CONSENT_ENDED": "the end of the last consent", "NOT_STATED": "a moment that is not stated"}
    start = starts.get(" ".join(rule.anchors), f"{anchors} {which}")
    if len(rule.anchors) > 1:
        start += f" ({'the later' if rule.mode == 'ALL' else 'the earlier'})"
    terms = [term for term in (rule.after, rule.then) if term is not None and any(term)]
    length = f"{' and then '.join(map(_duration_text, terms))} after" if terms else "from"
    end = ", to the end of that calendar year" if rule.rounding == "calendar_year_end" else ""
    end += {"at_most": "", "exactly": ", not earlier", "at_least": " at least, and no end is stated"}[rule.kept]
    statute = f" ({rule.statute}: a request cannot shorten it)" if rule.statute else ""
    return f"{what} at {'us' if rule.holder == 'controller' else 'the recipient'}: {length} {start}{end}{statute}"


def _duration_text(duration: Duration) -> str:
    years, months = divmod(duration.months, 12)
    parts = ((years, "year"), (months, "month"), (duration.days, "day"), (duration.seconds, "second"))
    return " ".join(f"{number} {unit}{'s' if number != 1 else ''}" for number, unit in parts if number)


def _words(terms: frozenset[str]) -> str:
    return ", ".join(sorted(terms))
