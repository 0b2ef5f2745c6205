"""Why publishing a policy would change nothing of what is held: one reason, the first that is true. Pure: numbers and differences in, a word out.

Must never guess: each reason follows from what was compared. Source: docs/policies.md section 8, decision 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

from ledger.core.policy import Policy
from ledger.policies.comparing import Change, compare

Why = Literal["none_there", "only_text", "later", "nothing_since", "nobody"]
"""Nothing is held of anybody; nothing that gives a term or a verdict differs; it begins on a later day; it began, and no act since is judged by it;
acts were judged again, and nothing came of it."""
_JUDGES_NOTHING: Final = frozenset({"policy", "version", "title", "title_nl", "in_force_from", "note", "note_nl", "measures", "data_subjects"})
_PARTS_THAT_JUDGE_NOTHING: Final = frozenset({"record", "promise"})


def why_nothing(old: Policy | None, new: Policy, effect: Mapping[str, Any], day: date) -> Why | None:
    """The reason; None: something changes. old: what it is compared with, where there is one. effect: the answer on the effect, in JSON form.
    day: the ledger's day, in Dutch legal time.
    """
    if any(effect[name] for name in ("holding_counts", "outcome_counts", "verdict_counts")):
        return None
    if not effect["subjects"]:
        return "none_there"
    if old is not None and is_only_text(compare(old, new)):
        return "only_text"
    if date.fromisoformat(new.in_force_from) > day:
        return "later"
    return "nobody" if effect["judged"] else "nothing_since"


def is_only_text(changes: Sequence[Change]) -> bool:
    """Whether no difference is one that anything is judged by."""
    return all(change.part in _PARTS_THAT_JUDGE_NOTHING or {each.field for each in change.fields} <= _JUDGES_NOTHING for change in changes)
