"""Planted bugs are a long run of their own: LEDGER_TEST_BUG_LIVES=60 python -m pytest tests/mutations. Lives are drawn for minutes first."""

from __future__ import annotations

import os

collect_ignore_glob = [] if "LEDGER_TEST_BUG_LIVES" in os.environ else ["test_*.py"]
