"""Every promise with how it stands, the rules that hold the hoster to it, and the tests that prove it.

How it stands and what proves it is read from `coverage.json`, which `python -m tests.coverage` makes from docs/promises.md and the names of the tests
(the package has neither); the rules are those of the policies as they ship. `promises_nl.json` says each in Dutch, with the words of the statement.
Must never say more than a rule or a test does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from ledger.core.policy import Policy
from ledger.policies.files import load_policy, shipped_policies

STATUSES: Final = ("checked", "by law", "witnessed", "silent", "outdated", "not yet")
"""How a promise can stand; one promise can stand in several ways. What each means: docs/promises.md."""
PROOFS: Final = ("kept", "broken", "silent", "outdated", "witnessed")
"""What a test can prove of a promise."""


class Rule(NamedTuple):
    """What holds a hoster to a promise. section: of the policy file, or `law`; judges: False where it only cites the promise."""

    section: str
    name: str
    judges: bool


class Row(NamedTuple):
    """One promise. controller: None for the law. today: how it stands, in words. proven: what is proven -> names of tests.

    promise_nl: the promise in Dutch; quote: the words of the statement, Dutch. Both are empty where they are not known: other people's policies.
    """

    id: str
    controller: str | None
    promise: str
    today: str
    status: tuple[str, ...]
    rules: tuple[Rule, ...]
    proven: dict[str, tuple[str, ...]]
    promise_nl: str = ""
    quote: str = ""

    def said_in(self, language: str) -> str:
        """The promise in plain words."""
        return (self.promise_nl if language == "nl" else "") or self.promise


@cache
def coverage() -> tuple[Row, ...]:
    """All promises, in the order of docs/promises.md."""
    held = {policy.controller: rules_by_promise(policy) for policy in (load_policy(name).policy for name in shipped_policies())}
    by_law = [rule for rules in held.values() for rule in rules.get("X-01", [])]
    rows, dutch = [], json.loads(_data("promises_nl.json"))
    for entry in json.loads(_data("coverage.json"))["promises"]:
        rules = [*held.get(entry["controller"], {}).get(entry["id"], []), *(by_law if entry["id"] == "X-01" else []), *_of_the_law(entry["today"])]
        proven = {proof: tuple(names) for proof, names in entry["proven"].items()}
        about = (entry["id"], entry["controller"], entry["promise"], entry["today"], statuses(entry["today"]))
        rows.append(Row(*about, tuple(dict.fromkeys(rules)), proven, *dutch.get(entry["id"], ("", ""))))
    return tuple(rows)


def rows_of(policy: Policy) -> tuple[Row, ...]:
    """The promises of any policy, by id: the status that its file gives each, and the rules under it. No table and no tests are known of it."""
    rules, stated = rules_by_promise(policy), {promise.id: promise for promise in policy.promises}
    rows = []
    for promise in sorted(rules.keys() | stated.keys()):
        found, notes = stated.get(promise), []
        status = () if found is None else tuple(each.replace("_", " ") for each in (found.status, *found.also))
        if found is not None and found.note:
            notes.append(found.note)
        said = "; ".join([", ".join(status) or "no status", *notes])
        rows.append(Row(promise, policy.controller, "", said, status, tuple(dict.fromkeys(rules.get(promise, ()))), {}))
    return tuple(rows)


def remarks_on(policy: Policy) -> list[str]:
    """What a policy leaves out about its promises, or says too much: a status that is missing, and `checked` where no rule judges."""
    found = []
    for row in rows_of(policy):
        is_judged = any(rule.judges for rule in row.rules)
        if row.id.startswith("X-"):
            continue  # of the law: the statement promises nothing under it
        if not row.status:
            found.append(f"{row.id}: named by a rule, and promises says no status of it")
        elif "checked" in row.status and not is_judged:
            found.append(f"{row.id}: checked, and no rule judges it")
    return found


def statuses(today: str) -> tuple[str, ...]:
    """The ways in which a promise stands, from its column `today`: one before each semicolon."""
    parts = [part.strip() for part in today.split(";")]
    return tuple(dict.fromkeys(status for part in parts for status in STATUSES if part.startswith(status)))


def rules_by_promise(policy: Policy) -> dict[str, list[Rule]]:
    """Promise id -> the rules of a policy under that id, in the order of the file. Under X-01 stands what a statute keeps."""
    found: dict[str, list[Rule]] = {}
    for promise, rule in (*_declared(policy), *_judged(policy)):
        found.setdefault(promise, []).append(rule)
    return found


def _declared(policy: Policy) -> Iterable[tuple[str, Rule]]:
    """Activities and roles: the first promise is the one that something outside their bounds breaks."""
    for activity in policy.activities.values():
        for place, promise in enumerate(activity.promises):
            yield promise, Rule("activities", activity.name, place == 0)
    for role in policy.recipients.values():
        for place, promise in enumerate(role.promises):
            yield promise, Rule("recipients", role.role, place == 0 and bool(role.purposes or role.categories))


def _judged(policy: Policy) -> Iterable[tuple[str, Rule]]:
    for rule in policy.retention:
        whose = ", ".join(sorted(rule.activities or rule.roles)) or f"any {rule.holder}"
        after = str(rule.after) + (f" then {rule.then}" if rule.then is not None else "")
        whose += "" if rule.customer is None else " of customers" if rule.customer else " of others"
        found = Rule("retention", f"{whose}: {(' and ' if rule.mode == 'ALL' else ' or ').join(rule.anchors)} + {after}", True)
        yield rule.id, found
        if rule.statute is not None:
            yield "X-01", Rule("retention", f"{policy.controller} {rule.id}: {rule.statute}", True)
    for prohibition in policy.prohibitions:
        yield prohibition.id, Rule("prohibitions", " ".join(act for act in ("collect", "share", "use", "consult") if act in prohibition.acts), True)
    for condition in policy.conditions:
        cap = condition.at_most
        needs = f"at most {cap.count} in {cap.within}" if cap else " or ".join(condition.needs)
        yield condition.id, Rule("conditions", f"{condition.act}: {needs}", True)
    for duty in policy.duties:
        about = f" {' '.join(sorted(duty.rights | duty.risks))}" if duty.rights or duty.risks else ""
        yield duty.id, Rule("duties", f"{duty.on}{about}: {duty.do}", True)


def _of_the_law(today: str) -> list[Rule]:
    """What the fold does for every controller, in the words of the table."""
    parts = [part.strip() for part in today.split(";")]
    return [Rule("law", part.removeprefix("by law").lstrip(" :"), True) for part in parts if part.startswith("by law")]


def _data(name: str) -> bytes:
    return (resources.files("ledger.policies") / name).read_bytes()
