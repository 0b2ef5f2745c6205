"""Two versions of a statement side by side: what was added, removed or changed, field by field. Pure; reads no file and no ledger.

Must never say what that does to anybody's data: that is ledger/answers/policy_effects.py. Retention rules, prohibitions and conditions may share a
promise id: those that are the same in both versions are paired first, the others in the order of the file. Source: docs/policies.md,
"Before it is published".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, Literal, NamedTuple

from ledger.core.calendar import Duration
from ledger.core.conditions import Scope
from ledger.core.policy import Policy
from ledger.core.stated_record import Contact, Security
from ledger.core.statutory import LengthInLaw

How = Literal["added", "removed", "changed"]
Value = str | tuple[str, ...] | None
"""A text (durations in ISO 8601), terms in order, or nothing."""


class FieldChange(NamedTuple):
    """One field before and after; None where it is not there."""

    field: str
    old: Value
    new: Value


class Change(NamedTuple):
    """One part of a statement. fields: never empty.

    part: statement, record (contacts, people and security of all), activity, recipient, transfers, retention, prohibition, condition, duty, promise
    or law.
    """

    how: How
    part: str
    name: str
    fields: tuple[FieldChange, ...]


ORDER: Final = "order of rules"
"""The name under which the order of the retention rules differs; all other names are the file's."""
_USUAL: Final = {"rounding": "none", "mode": "ALL", "per": "subject", "by": "any", "severity": "BREACH"}


def compare(old: Policy, new: Policy) -> tuple[Change, ...]:
    """What differs, in the order in which a file says it: the statement, its parts, the law. Nothing when the two say the same."""
    changes = [
        *_changed("statement", new.name, _head(old), _head(new)),
        *_changed("record", new.name, _of_record(old), _of_record(new)),
        *_by_name("activity", {k: _fields(v) for k, v in old.activities.items()}, {k: _fields(v) for k, v in new.activities.items()}),
        *_by_name("recipient", {k: _fields(v) for k, v in old.recipients.items()}, {k: _fields(v) for k, v in new.recipients.items()}),
        *_changed("transfers", new.name, _of_transfers(old), _of_transfers(new)),
        *_rules("retention", old.retention, new.retention),
        *_order(old, new),
        *_rules("prohibition", old.prohibitions, new.prohibitions),
        *_rules("condition", old.conditions, new.conditions),
        *_rules("duty", old.duties, new.duties),
        *_by_name("promise", {each.id: _fields(each) for each in old.promises}, {each.id: _fields(each) for each in new.promises}),
        *_law(old.law, new.law),
    ]
    return tuple(changes)


def _head(policy: Policy) -> dict[str, Value]:
    names = ("name", "controller", "version", "title", "time_zone", "announced_on", "in_force_from", "acts_within")
    return {("policy" if name == "name" else name): _value(getattr(policy, name)) for name in names}


def _of_record(policy: Policy) -> dict[str, Value]:
    """What Art. 30 asks and nothing is judged by."""
    contacts = {f"contacts.{field.name}": _contact_lines(getattr(policy.contacts, field.name)) for field in fields(policy.contacts)}
    said: dict[str, Value] = {**contacts, "data_subjects": _value(policy.data_subjects), **_fields(policy.security)}
    return {name: value for name, value in said.items() if value}


def _contact_lines(found: Contact | tuple[Contact, ...] | None) -> Value:
    each = () if found is None else (found,) if isinstance(found, Contact) else found
    return tuple(", ".join(one.lines()) for one in each)


def _of_transfers(policy: Policy) -> dict[str, Value]:
    return {} if policy.transfers is None else _fields(policy.transfers)


def _fields(part: Any) -> dict[str, Value]:
    """The fields of a part that say something; those of a scope and of its security stand beside its own, its name is left out."""
    found: dict[str, Value] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, (Scope, Security)):
            found |= _fields(value)
        elif field.name not in ("id", "name", "role"):
            found[field.name] = _value(value)
    return {name: value for name, value in found.items() if value not in (None, (), "")}


def _value(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, LengthInLaw):
        return _length_in_law(value)
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    if hasattr(value, "country"):
        return f"{value.name} ({value.country})"
    if hasattr(value, "within"):
        return f"{value.count} within {value.within}"
    return tuple(str(_value(each)) for each in value)


def _length_in_law(version: LengthInLaw) -> str:
    """What one version of a statute makes of a term: `from 2018-01-01: P2Y, then P7Y, calendar_year_end`."""
    first, until = (None if day is None else str(day) for day in version[:2])
    after, then, rounding = version.length
    when = " ".join([*(["from", first] if first else []), *(["until", until] if until else [])]) or "always"
    length = [str(after), *([f"then {then}"] if then else []), *([] if rounding == "none" else [rounding])]
    return f"{when}: {', '.join(length)}"


def _changed(part: str, name: str, old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterable[Change]:
    found = tuple(FieldChange(field, old.get(field), new.get(field)) for field in {**old, **new} if old.get(field) != new.get(field))
    if found:
        yield Change("changed", part, name, found)


def _by_name(part: str, old: Mapping[str, Mapping[str, Value]], new: Mapping[str, Mapping[str, Value]]) -> Iterable[Change]:
    for name in {**old, **new}:
        if name in old and name in new:
            yield from _changed(part, name, old[name], new[name])
        else:
            yield _whole("removed" if name in old else "added", part, name, old.get(name) or new.get(name) or {})


def _whole(how: How, part: str, name: str, said: Mapping[str, Value]) -> Change:
    """A part that only one of the two has: what it says, apart from what goes without saying."""
    is_old = how == "removed"
    told = [(field, value) for field, value in said.items() if _USUAL.get(field) != value]
    return Change(how, part, name, tuple(FieldChange(field, value if is_old else None, None if is_old else value) for field, value in told))


def _rules(part: str, old: Sequence[Any], new: Sequence[Any]) -> Iterable[Change]:
    before = [(rule.id, _fields(rule)) for rule in old]
    after = [(rule.id, _fields(rule)) for rule in new]
    for same in list(before):
        if same in after:
            before.remove(same)
            after.remove(same)
    for name in dict.fromkeys(name for name, _ in (*before, *after)):
        olds, news = ([said for other, said in rules if other == name] for rules in (before, after))
        for one, other in zip(olds, news, strict=False):
            yield from _changed(part, name, one, other)
        for said in olds[len(news) :]:
            yield _whole("removed", part, name, said)
        for said in news[len(olds) :]:
            yield _whole("added", part, name, said)


def _order(old: Policy, new: Policy) -> Iterable[Change]:
    """The first retention rule that covers a holding counts: their order says something."""
    ids = {rule.id for rule in old.retention} & {rule.id for rule in new.retention}
    orders = [[rule.id for rule in policy.retention if rule.id in ids] for policy in (old, new)]
    same = [[rule for rule in policy.retention if rule in other.retention] for policy, other in ((old, new), (new, old))]
    if list(dict.fromkeys(orders[0])) != list(dict.fromkeys(orders[1])) or same[0] != same[1]:
        yield Change("changed", "retention", ORDER, (FieldChange("first that covers", tuple(orders[0]), tuple(orders[1])),))


def _law(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    """The version of the library, and each entry of it that says something else."""
    version = [FieldChange("version", old.get("version"), new.get("version"))] if old.get("version") != new.get("version") else []
    entries = []
    for section in sorted({name for law in (old, new) for name, value in law.items() if isinstance(value, Mapping)}):
        before, after = old.get(section, {}), new.get(section, {})
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                was, is_ = (_entry(law.get(name)) for law in (before, after))
                entries.append(FieldChange(f"{section}.{name}", was, is_))
    if version or entries:
        yield Change("changed", "law", str(new.get("law") or old.get("law") or "law"), (*version, *entries))


def _entry(entry: Any) -> Value:
    """An entry of the law in one line: what judging goes by, without notes and sources."""
    if not isinstance(entry, Mapping):
        return None
    shown = {key: value for key, value in sorted(entry.items()) if key not in ("note", "source", "title", "name_nl")}
    told = "; ".join(f"{key} {' '.join(value) if isinstance(value, list) else value}" for key, value in shown.items())
    return told or str(entry.get("title"))
