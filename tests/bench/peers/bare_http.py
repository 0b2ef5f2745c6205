"""The peers of `http`: a bare FastAPI route, and one that runs a bare SQL query for a subject. `python -m tests.bench.peers.bare_http PORT DSN`."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

import psycopg
import uvicorn
from fastapi import Body, FastAPI

from ledger.core.ids import subject_id
from tests.bench.shares import CONTROLLER

HOLDINGS = "SELECT holder, store, purpose, ref, categories, due_at FROM projection.holding WHERE subject_id = %s"


def app(dsn: str) -> FastAPI:
    """Two routes that judge nothing, check nobody and tell nobody."""
    made, local = FastAPI(), threading.local()

    @made.post("/bare")
    def bare(asked: dict[str, Any] = Body()) -> dict[str, Any]:  # noqa: B008  FastAPI's way
        return {"subject_ref": asked["subject_ref"]}

    @made.post("/sql")
    def sql(asked: dict[str, Any] = Body()) -> list[Any]:  # noqa: B008  FastAPI's way
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(dsn, autocommit=True)
        wanted = subject_id(CONTROLLER, asked["subject_ref"]).hex()
        return [list(row) for row in local.connection.execute(HOLDINGS, [wanted]).fetchall()]

    return made


if __name__ == "__main__":
    logging.disable()
    uvicorn.run(app(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False)
