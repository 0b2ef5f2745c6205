"""The ledger of two hosters whose lives test_apart.py tells, with a server on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.stack import Running
from tests.web_world import WebWorld


@pytest.fixture(scope="module", name="world")
def world_of_lives(stack: Running) -> Iterator[WebWorld]:
    """Import it in a file whose pages show this ledger."""
    from tests.histories import records
    from tests.integration.test_apart import lives
    from tests.ledgers import new_database
    from tests.web_world import load_small_ledger, web_world

    with new_database(stack) as dsn:
        load_small_ledger(dsn, records(lives()))
        with web_world(dsn) as made:
            yield made
