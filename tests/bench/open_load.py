"""An open-loop load over HTTP: requests start when they are due, whether or not the ones before are answered; latency counts from then.

So a server that stalls is charged for all that would have come meanwhile (coordinated omission). Raw sockets: a client library costs as much as the
server.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Taken:
    """Latencies in milliseconds, sorted; how many were not answered with a good status."""

    millis: list[float]
    failed: int

    def at(self, share: float) -> float:
        """The latency that this share of requests kept within."""
        return self.millis[min(int(len(self.millis) * share), len(self.millis) - 1)]


def load(port: int, path: str, body: Callable[[int], object], *, rate: float, seconds: float, key: str = "", connections: int = 32) -> Taken:
    """POST a JSON body `rate` times a second."""
    return asyncio.run(_load(port, path, body, rate, seconds, key, connections))


async def _load(port: int, path: str, body: Callable[[int], object], rate: float, seconds: float, key: str, connections: int) -> Taken:
    idle: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()
    for _ in range(connections):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    millis: list[float] = []
    failed = 0
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + (f"Authorization: Bearer {key}\r\n" if key else "")

    async def one(number: int, due: float) -> None:
        nonlocal failed
        reader, writer = await idle.get()
        if reader.at_eof():  # the server closes what was idle for long
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        data = json.dumps(body(number)).encode()
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        status = await reader.readline()
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        await reader.readexactly(length)
        millis.append((time.perf_counter() - due) * 1000)
        failed += status.split()[1][:1] != b"2"
        idle.put_nowait((reader, writer))

    begin, under_way = time.perf_counter() + 0.1, []
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        under_way.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*under_way)
    while not idle.empty():
        idle.get_nowait()[1].close()
    return Taken(sorted(millis), failed)
