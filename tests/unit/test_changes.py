"""Who listens to `/v1/changes`: for a while, and not one caller in all the places."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from fastapi import Request

from ledger.answers.shapes import Freshness
from ledger.web.changes import LISTENERS_MAX, OF_ONE_MAX, Changes


class Connected:
    """A request whose client stays."""

    async def is_disconnected(self) -> bool:
        return False


STAYS = cast(Request, Connected())


def freshness() -> Freshness:
    return Freshness(simulated=False, time_reached=0, lag=0, partitions=(), on=None, known_at=None)


def test_a_stream_ends_after_a_while_and_its_place_is_free_again() -> None:
    async def listened() -> tuple[list[Any], int, int]:
        changes = Changes(freshness, seconds_max=0.5)
        stream = changes.stream(STAYS, "a")
        first, during = await anext(stream), changes.listeners
        return [first, *[each async for each in stream]], during, changes.listeners

    told, during, after = asyncio.run(asyncio.wait_for(listened(), 20))

    assert [each["event"] for each in told] == ["folded"] and (during, after) == (1, 0)


def test_one_credential_does_not_take_all_the_places() -> None:
    async def full() -> list[tuple[bool, bool]]:
        changes, streams, found = Changes(freshness), list[Any](), list[tuple[bool, bool]]()
        for number in range(LISTENERS_MAX):
            streams.append(changes.stream(STAYS, f"key-{number // OF_ONE_MAX}"))
            found.append((changes.is_full("key-0"), changes.is_full("another")))
            await anext(streams[-1])
        found.append((changes.is_full("key-0"), changes.is_full("another")))
        for stream in streams:
            await stream.aclose()
        return [*found, (changes.is_full("key-0"), changes.is_full("another"))]

    found = asyncio.run(asyncio.wait_for(full(), 60))

    assert found[OF_ONE_MAX - 1] == (False, False) and found[OF_ONE_MAX] == (True, False)
    assert found[LISTENERS_MAX] == (True, True) and found[-1] == (False, False)
