"""`GET /v1/changes`: who listens hears of a fold, of PostgreSQL going and coming, and is forgotten when gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import httpx

from ledger.web.roles import Role
from tests.integration.test_work import collect_and_end
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of
from tests.workers import wait_until_answered, workers_of

LISTENERS, OF_ONE = 200, 50


async def said(lines: AsyncIterator[str], event: str) -> dict[str, str]:
    """The data of the next event of this name."""
    async with asyncio.timeout(30):
        found = False
        async for line in lines:
            if line.startswith("event:"):
                found = line.removeprefix("event:").strip() == event
            elif found and line.startswith("data:"):
                told: dict[str, str] = json.loads(line.removeprefix("data:"))
                return told
    raise AssertionError(f"never said: {event}")


def test_all_who_listen_hear_of_a_fold_and_of_a_database_that_goes_and_comes(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(start=datetime(2018, 7, 1, tzinfo=UTC))
    with servers_of(ledger) as start, workers_of(ledger) as workers:
        server, keys = start(), [key_of(ledger, Role.AUDITOR) for _ in range(LISTENERS // OF_ONE)]
        key = key_of(ledger, Role.AUDITOR)

        async def listen() -> None:
            async with AsyncExitStack() as opened:
                client = await opened.enter_async_context(
                    httpx.AsyncClient(
                        base_url=server.address, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False,
                        limits=httpx.Limits(max_connections=None),
                    )
                )
                streams = []
                for number in range(LISTENERS):
                    mine = {"Authorization": f"Bearer {keys[number // OF_ONE]}"}
                    answer = await opened.enter_async_context(client.stream("GET", "/v1/changes", headers=mine))
                    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
                    streams.append(answer.aiter_lines())
                    if number == OF_ONE:
                        full = await client.get("/v1/changes", headers={"Authorization": f"Bearer {keys[0]}"})
                        assert full.status_code == 503, "one caller does not take all the places"
                before = [await said(lines, "folded") for lines in streams]
                assert len({each["positions"] for each in before}) == 1
                assert (await client.get("/v1/changes")).status_code == 503, "no more than that"
                await asyncio.to_thread(workers.start)
                await asyncio.to_thread(collect_and_end, ledger)
                await asyncio.to_thread(wait_until_answered, ledger)
                for lines in streams:
                    assert (await said(lines, "folded"))["positions"] != before[0]["positions"]
                await asyncio.to_thread(ledger.postgres.stop)
                try:
                    await said(streams[0], "unreachable")
                finally:
                    await asyncio.to_thread(ledger.postgres.start)
                await said(streams[0], "folded")

        async def come_back() -> None:
            async with httpx.AsyncClient(base_url=server.address, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False) as client:
                async with asyncio.timeout(30):
                    while True:  # the others have gone: there is room again
                        async with client.stream("GET", "/v1/changes") as answer:
                            if answer.status_code == 200:
                                assert await said(answer.aiter_lines(), "folded")
                                return
                        await asyncio.sleep(0.1)

        asyncio.run(listen())
        asyncio.run(come_back())
