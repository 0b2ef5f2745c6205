"""Links put together: by which ways data went on from recipient to recipient, over everybody.

Pure. There may be more ways than anybody can read, and they may go round: a way ends where it comes to a name for the second time, and at LINKS_MAX.
Whose data went all the way is not said here: a person's own chain is in the answers about that person. Source: docs/answers.md section 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from ledger.answers.shapes_overviews import Chain, Flow

LINKS_MAX: Final = 8
"""Of one chain. Six hands are already more than an agreement foresees."""
CHAINS_MAX: Final = 200
"""Of one controller."""


def chains_of(flows: Iterable[Flow]) -> tuple[list[Chain], bool]:
    """Put links together, controllers in order of their names; and whether there are more chains than these. No flow, or none onward: no chain."""
    by_controller: dict[str, dict[str, list[Flow]]] = {}
    for flow in flows:
        by_controller.setdefault(flow.controller, {}).setdefault(flow.giver, []).append(flow)
    found: list[Chain] = []
    more = False
    for controller, links in sorted(by_controller.items()):
        for given in links.values():
            given.sort(key=lambda flow: (-flow.holdings, flow.recipient, flow.role.term))
        some = list(islice(_of_controller(controller, links), CHAINS_MAX + 1))
        found += some[:CHAINS_MAX]
        more = more or len(some) > CHAINS_MAX
    return found, more


def _of_controller(controller: str, links: Mapping[str, list[Flow]]) -> Iterator[Chain]:
    """Those from the controller, from givers to whom nobody gave, and then from where a link is in no chain yet: in a circle, or behind a cut."""
    given_to = {flow.recipient for given in links.values() for flow in given}
    walked: set[Flow] = set()
    for giver in sorted(links, key=lambda name: (name != controller, name in given_to, name)):
        if giver in given_to and giver != controller and walked.issuperset(links[giver]):
            continue
        for chain in _ways_from(controller, giver, links):
            walked.update(chain.links)
            if any(flow.giver != controller for flow in chain.links):
                yield chain


def _ways_from(controller: str, giver: str, links: Mapping[str, list[Flow]]) -> Iterator[Chain]:
    ways: list[tuple[tuple[Flow, ...], frozenset[str]]] = [((flow,), frozenset((giver,))) for flow in reversed(links.get(giver, []))]
    while ways:
        way, passed = ways.pop()
        last = way[-1].recipient
        following = links.get(last, ())
        end = "CIRCLE" if last in passed else "LAST" if not following else "CUT" if len(way) == LINKS_MAX else None
        if end is None:
            ways += [((*way, flow), passed | {last}) for flow in reversed(following)]
        else:
            yield Chain(controller=controller, links=way, end=end)
