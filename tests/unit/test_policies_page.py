"""The example on docs/policies.md is a whole policy: it compiles, and its promises hold."""

from __future__ import annotations

import re
from pathlib import Path

from ledger.core.calendar import parse_duration
from ledger.policies.files import compile_policy

PAGE = (Path(__file__).resolve().parents[2] / "docs/policies.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_is_a_policy() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)

    policy = compile_policy(text.encode(), file="docs/policies.md").policy

    assert (policy.controller, policy.version) == ("bakery", "1")
    assert [(rule.id, rule.anchors, rule.after) for rule in policy.retention] == [("BK-03", ("ORDER_COMPLETED",), parse_duration("P1Y"))]
    assert [rule.id for rule in policy.prohibitions] == ["BK-04"]
