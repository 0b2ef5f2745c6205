"""history: what one fact costs the fold when the subject has ten thousand before it, beside the same fact early in that history.

In process and without PostgreSQL: the growth is looked for in the fold and in the rows it hands on.
"""

from __future__ import annotations

import gc
import time
from typing import Any

from ledger.cli.work import GARBAGE_THRESHOLDS
from tests.bench.figures import Figure
from tests.histories import Event, projecting, records
from tests.hoster_histories import made, shipped_policy
from tests.memory_projection import MemoryProjection

FACTS, BATCH, HOSTER = 10_000, 10, "hostinghuis"
START = 1_559_000_000_000_000
KINDS = ("share", "share of a new order", "session", "login", "service", "mail", "look-up", "erasure", "consent", "request", "notice")
OVER = tuple(kind for kind in KINDS if kind not in ("share of a new order", "session"))
"""What leaves nothing more to hold: each of the other two adds a holding that stays."""


def run(events: int) -> list[Figure]:
    """One figure for each kind of fact, and one for a life of all kinds that are over."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)  # as in the worker
    facts = min(FACTS, events)
    return [_measured(kind, facts) for kind in (*KINDS, "all but sessions and orders")]


def _measured(kind: str, facts: int) -> Figure:
    early, late = costs(kind, facts)
    return Figure(
        name=f"fact after {facts:,} of one subject: {kind}", ours=late, peer_name="the same among the first tenth", peer=early, unit="us",
        floor=0.5, goal=0.8, note="flat is 1",
    )  # fmt: skip


def costs(kind: str, facts: int) -> tuple[float, float]:
    """Microseconds a fact, in the first tenth and in the last tenth of a history."""
    log = [shipped_policy(HOSTER), _account(), *(_fact(kind, number) for number in range(facts))]
    store, taken = MemoryProjection(), []
    fold, told = projecting(store), records(log)
    for first in range(0, len(told), BATCH):
        begun = time.process_time()
        delta = fold.project(told[first : first + BATCH])
        taken.append(time.process_time() - begun)
        store.write(delta)
        fold.note_committed(delta.number)
    tenth = max(1, len(taken) // 10)
    early, late = (sum(some) / tenth / BATCH * 1e6 for some in (taken[2 : 2 + tenth], taken[-tenth:]))
    return early, late


def _account() -> Event:
    return _made("DataCollected", -1, activity="account", categories=["pd:Name"], purposes=["dpv:AccountManagement"], legal_basis="eu-gdpr:A6-1-b",
                 store="crm", ref="r1")  # fmt: skip


def _made(type_name: str, number: int, **fields: Any) -> Event:
    return made(type_name, number + 2, START + number * 1_000_000, HOSTER, subject_ref="s1", **fields)


def _fact(kind: str, number: int) -> Event:
    match kind:
        case "share" | "share of a new order":
            return _made("DataShared", number, by=HOSTER, recipient="sidn", recipient_role="registry", categories=["pd:Name"],
                         purpose="dpv:ServiceRegistration", legal_basis="eu-gdpr:A6-1-b", ref="r1" if kind == "share" else f"r{number}")  # fmt: skip
        case "session":
            return _made("DataCollected", number, activity="portal_session", categories=["pd:IPAddress"], purposes=["dpv:IdentityAuthentication"],
                         legal_basis="eu-gdpr:A6-1-b", store="portal", ref=f"r{number}")  # fmt: skip
        case "login":
            return _made("MilestoneReached", number, kind=("LOGGED_IN", "LOGGED_OUT")[number % 2], ref=f"r{number // 2}")
        case "service":
            return _made("MilestoneReached", number, kind=("SERVICE_STARTED", "SERVICE_ENDED")[number % 2], ref=f"r{number // 2}")
        case "mail":
            return _made("DataUsed", number, by=HOSTER, purpose="ledger:Newsletter", categories=["pd:EmailAddress"], channel="email")
        case "look-up":
            return _made("DataConsulted", number, purpose="dpv:CustomerCare", categories=["pd:Name"], ticket_ref="t1")
        case "erasure":
            return _made("DataErased", number, by=HOSTER, act="ERASED", ref=f"r{number}")
        case "consent":
            return _made("ConsentChanged", number, purpose="ledger:Newsletter", channel="email", state="GIVEN")
        case "request" if number % 2 == 0:
            return _made("RequestReceived", number, right="ACCESS", request_ref=f"q{number // 2}", identity_check="DONE")
        case "request":
            return _made("RequestAnswered", number, request_ref=f"q{number // 2}", outcome="FULFILLED")
        case "notice":
            return _made("NoticeGiven", number, to="subject", about="recipient", ref=f"n{number}")
        case _:
            return _fact(OVER[(number * 2 + number // len(OVER)) % len(OVER)], number)
