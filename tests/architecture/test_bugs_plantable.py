"""The text of every planted bug still stands in the core: said in seconds, where tests/mutations takes minutes."""

from __future__ import annotations

import pytest

from tests.mutations import declarations, duties, verdicts
from tests.mutations.planting import Bug, changed_code, function_at


@pytest.mark.parametrize("bug", (*duties.BUGS, *verdicts.BUGS, *declarations.BUGS), ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_bug_can_be_planted(bug: Bug) -> None:
    for change in bug.changes:
        changed_code(function_at(change.where), change)
