"""A test that says that a promise is broken must have seen that promise broken: its name alone proves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.promises import stories

SEEN_AS: dict[str, tuple[str, ...]] = {
    "MD-10": ("MD-07",),  # kept for the purposes that are left: what breaks it is a use for one that is gone
    "MD-26": ("MD-02",),  # which version is in force: what breaks it is an act that only the other version allows
    "X-01": ("MD-21", "HH-16"),  # the statute stands behind the promises that cite it
    "X-02": ("GDPR-12-3", "GDPR-17", "MD-17", "SH-03", "MD-18", "WH-11", "SO-13"),
    "X-03": ("GDPR-33", "GDPR-34"),
    "X-05": ("GDPR-19", "GDPR-17"),
}
"""Promise id -> the ids under which it is found, where they are others."""
PROVEN_OTHERWISE = ("X-06",)
"""A log that somebody changed gives other findings, whichever those are."""
_BROKEN = re.compile(r"test_([a-z]+_\d\d)_is_broken_")


@pytest.fixture(autouse=True)
def _names_tell_what_was_seen(request: pytest.FixtureRequest) -> Iterator[None]:
    stories.TOLD.clear()
    yield
    named = _BROKEN.match(request.node.name)
    if named is None:
        return
    promise = named[1].upper().replace("_", "-")
    if promise not in PROVEN_OTHERWISE:
        given = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()  # some are told of several hosters
        ids = {promise, *SEEN_AS.get(promise, ()), *(each for each in given if isinstance(each, str))}
        seen = {fields["promise"] for story in stories.TOLD for name, fields in stories.outcomes(story.log) if name == "ViolationFound"}
        assert ids & seen, f"no story of this test breaks {promise}: seen {sorted(seen)}"
