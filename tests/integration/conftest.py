"""Ledgers on which tests of several files stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ledger.stack.lifecycle import Running
    from tests.web_world import WebWorld


@pytest.fixture(scope="module")
def world(stack: Running) -> Iterator[WebWorld]:
    """Two hosters in one ledger; a file whose tests stand on another ledger has a fixture of this name of its own."""
    from tests.histories import records
    from tests.integration.test_apart import lives
    from tests.ledgers import new_database
    from tests.web_world import load_small_ledger, web_world

    with new_database(stack) as dsn:
        load_small_ledger(dsn, records(lives()))
        with web_world(dsn) as made:
            yield made
