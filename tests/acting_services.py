"""Services that act on obligations, in memory: what tests of either kind of them share."""

from __future__ import annotations

import asyncio

import pytest

from ledger.testing import AsyncRecordingObligations, RecordingObligations

HOLDING = {"store": "crm", "purpose": "dpv:AccountManagement", "categories": ["pd:Name"]}
ABOUT = {"source": "crm", "controller": "hostinghuis"}


def raised(duties, *subjects, **fields):
    return [duties.raise_duty("ERASE", subject, **HOLDING | fields) for subject in subjects]


class Handler:
    """Notes for whom it is called, and fails for some."""

    def __init__(self, *failing: str, error: BaseException | None = None) -> None:
        self.called: list[str] = []
        self.failing = set(failing)
        self.error = error or ValueError("about somebody")

    def __call__(self, duty):
        self.called.append(duty.subject_ref)
        if duty.subject_ref in self.failing:
            raise self.error


class AsyncioObligations(AsyncRecordingObligations):
    """Driven as the other one: each call has an event loop of its own, and handlers are made coroutines."""

    def run(self, handler, **wishes):
        asyncio.run(super().run(awaited(handler), **wishes))

    def open(self):
        return asyncio.run(super().open())

    def parked(self):
        return asyncio.run(super().parked())

    def retry(self, obligation_id, handler):
        return asyncio.run(super().retry(obligation_id, awaited(handler)))


def awaited(handler):
    async def handle(duty):
        await asyncio.sleep(0)
        return handler(duty)

    return handle


@pytest.fixture(params=[RecordingObligations, AsyncioObligations], ids=["sync", "asyncio"], name="service")
def either_service(request):
    """The class whose contract is tested."""
    return request.param


@pytest.fixture(name="duties")
def duties_of_either(service):
    return service(**ABOUT, attempts=4)


def again(duties, **wishes):
    """The same service after a restart: another process, the same topic and group."""
    return type(duties)(**ABOUT | {"attempts": 4} | wishes, topic=duties.topic)
