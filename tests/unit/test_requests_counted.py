"""Requests are counted by route, method and status; who waits for a moment that is being worked out has met no error of ours."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from ledger.metrics.web import HTTP_REQUESTS
from ledger.replaying.rebuild import Stage
from ledger.web.measuring import Measured
from ledger.web.problems import BeingWorkedOut, Problem, as_json, handler, unavailable
from tests.web_world import TestClient


def counted(route: str, status: str) -> float:
    return HTTP_REQUESTS.labels(route, "GET", status)._value.get()


@pytest.mark.parametrize(("problem", "word"), [
    (BeingWorkedOut(Stage("folding"), None, is_place=False), "not_yet"), (unavailable("Kafka does not answer"), "503"), (Problem(404, "no"), "404"),
])  # fmt: skip
def test_each_answer_counts_by_its_status_and_one_that_is_to_come_as_that(problem: Problem, word: str) -> None:
    app = FastAPI()
    app.add_exception_handler(Problem, handler(as_json))
    app.add_middleware(Measured)

    @app.get("/asked-in-a-test")
    def asked() -> None:
        raise problem

    before = {each: counted("/asked-in-a-test", each) for each in ("not_yet", "503", "404")}
    answer = TestClient(app).get("/asked-in-a-test")

    assert answer.status_code == problem.status
    assert {each: counted("/asked-in-a-test", each) - was for each, was in before.items()} == {each: float(each == word) for each in before}
