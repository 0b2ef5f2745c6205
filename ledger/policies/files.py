"""Policy files: YAML with line numbers in, the compiled policy that `PolicyPublished` carries out.

Reads files of the package and those it is given; must never publish anything
itself. What a correct policy is, is said in checks.py and docs/policies.md; all that is wrong is reported at once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ledger.core.calendar import start_of_day
from ledger.core.compiled_policy import COMPILED_FORMAT, FORMAT_WITH_KEPT, FORMAT_WITH_NAMES, FORMAT_WITH_PRODUCTS, FORMAT_WITH_WHEN, policy_from_json
from ledger.core.law import statutes_from
from ledger.core.policy import Policy
from ledger.errors import CallerError
from ledger.law.library import load_law
from ledger.marked_yaml import read_marked, shape_errors
from ledger.policies.checks import PolicyFileError, findings_of

# A statement of twenty pages is some 60 KB as YAML; PolicyPublished carries it twice and must stay below 1 MiB.
FILE_BYTES_MAX = 256 * 1024
# When a statement carries no date: the first month in which all of them were published.
UNDATED_IN_FORCE_FROM = "2018-06-01"
ACTS_WITHIN_DEFAULT = "P7D"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """A checked policy file: its text as it stands, the canonical JSON made of it, and both as the fold reads them.

    sha256: hexadecimal, of the text in UTF-8. announced_at (or None) and in_force_from: microseconds since 1970 UTC.
    """

    text: str
    compiled_json: str
    sha256: str
    policy: Policy
    announced_at: int | None
    in_force_from: int


def shipped_policies() -> tuple[str, ...]:
    """Answer the names of the policies that come with the package, sorted."""
    folder = resources.files("ledger.policies")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def load_policy(path: str | Path) -> CompiledPolicy:
    """Read, check and compile a policy: a file, or the name of one that ships with the package.

    Raises:
        CallerError: there is no such file or name.
        PolicyFileError: the file is wrong; carries every finding with line and field.
    """
    name = str(path)
    try:
        if name in shipped_policies():
            text = (resources.files("ledger.policies") / f"{name}.yaml").read_bytes()
            name = f"{name}.yaml"
        else:
            text = Path(path).read_bytes()
    except OSError as error:
        raise CallerError(
            f"cannot read policy {name}: {(error.strerror or 'no such file').lower()}",
            hint=f"name a file, or one of {', '.join(shipped_policies())}",
        ) from error
    return compile_policy(text, file=name)


def compile_policy(text: bytes, *, file: str) -> CompiledPolicy:
    """Check the bytes of a policy file and compile them. file: how findings call it.

    Raises:
        PolicyFileError: the text is wrong; carries every finding with line and field.
    """
    data, marks, findings = read_marked(text, file, bytes_max=FILE_BYTES_MAX)
    law = load_law()
    if data is not None or not findings:  # a doubled field is no reason to pass over the rest
        findings = (*findings, *findings_of(data, marks, file, shape_errors(data, policy_schema()), statutes_from(law)))
    if findings:
        raise PolicyFileError(findings)
    compiled_json = canonical_json(_compiled(data, law))
    policy = policy_from_json(compiled_json)
    zone = ZoneInfo(policy.time_zone)
    return CompiledPolicy(
        text=text.decode("utf-8"),
        compiled_json=compiled_json,
        sha256=hashlib.sha256(text).hexdigest(),
        policy=policy,
        announced_at=start_of_day(date.fromisoformat(policy.announced_on), zone) if policy.announced_on else None,
        in_force_from=start_of_day(date.fromisoformat(policy.in_force_from), zone),
    )


def policy_schema() -> dict[str, Any]:
    """Answer the JSON Schema of a policy file, as editors use it."""
    schema: dict[str, Any] = json.loads((resources.files("ledger.policies") / "policy.schema.json").read_bytes())
    return schema


def canonical_json(value: Any) -> str:
    """Print as RFC 8785 does what a policy is made of (objects, arrays, strings, booleans; ASCII keys)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _compiled(data: dict[str, Any], law: dict[str, Any]) -> dict[str, Any]:
    """Fill in what was left out and sort what has no order, so that equal policies compile to equal bytes; in the lowest format that says it all."""
    filled = {"in_force_from": UNDATED_IN_FORCE_FROM, "acts_within": ACTS_WITHIN_DEFAULT, **data}
    ordered: dict[str, Any] = _sorted_sets(filled)
    return {"format": _format(ordered), "law": law, **ordered}


def _format(ordered: dict[str, Any]) -> int:
    """The lowest whose readers take it as it is meant."""
    rules = [*ordered.get("prohibitions", ()), *ordered.get("conditions", ())]
    if any("except_products" in rule for rule in rules):
        return FORMAT_WITH_PRODUCTS
    if any("kept" in rule for rule in ordered["retention"]):
        return FORMAT_WITH_KEPT
    leaves_out = any("except_roles" in rule for rule in rules) or any("severity" in rule for rule in ordered.get("prohibitions", ()))
    if leaves_out or "transfers" in ordered or any("named" in role for role in ordered["recipients"].values()):
        return FORMAT_WITH_NAMES
    return FORMAT_WITH_WHEN if any("when" in rule for rule in ordered["retention"]) else COMPILED_FORMAT


_ORDERED = ("retention", "prohibitions", "conditions", "duties", "needs", "promises", "anchors", "joint_controllers")


def _sorted_sets(value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _sorted_sets(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        items = [_sorted_sets(item) for item in value]
        return items if field in _ORDERED else sorted(items)
    return value
