"""Where lives of customers of HostingHuis begin, for the tests of its promises."""

from __future__ import annotations

from tests.promises.stories import Story, customer

HOSTER = "hostinghuis"


def told_of(recipient: str) -> Story:
    """A customer who has been told that this recipient will see data."""
    return customer(HOSTER).on("2019-02-01").tells("recipient", recipient)
