"""Behind a proxy each caller counts for itself; what others say of themselves is not believed. Source: docs/settings.md, LEDGER__WEB__PROXIES."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.ledgers import TestLedger
from tests.serving import Server, servers_of


@pytest.fixture
def start(fresh_ledger: TestLedger) -> Iterator[Callable[..., Server]]:
    with servers_of(fresh_ledger) as starts:
        yield starts


def statuses(server: Server, caller: str, times: int = 1) -> list[int]:
    """What somebody without a credential is answered, by a proxy at this machine's own address."""
    with server.client(None) as client:
        return [client.get("/v1/holders", headers={"X-Forwarded-For": caller}).status_code for _ in range(times)]


@pytest.mark.parametrize(("proxies", "of_another"), [("127.0.0.1", 401), ("127.0.0.0/8, ::1", 401), ("", 429), ("192.0.2.77", 429)])
def test_a_caller_is_who_a_proxy_of_ours_says_and_nobody_elses(start: Callable[..., Server], proxies: str, of_another: int) -> None:
    server = start(web__proxies=proxies, web__requests_per_second="0.01")  # so many at once that a slow test makes no difference: none comes back
    first = statuses(server, "192.0.2.1", 3)

    assert first[0] == 401 and first[-1] == 429
    assert statuses(server, "192.0.2.2") == [of_another]
