"""What a service uses in its own unit tests: an emitter, and obligations, that need no broker and remember what they were given.

The same checks, ids, receipts and errors as the real ones, by the same code. The pytest fixture is in `ledger.pytest_plugin`.
"""

from __future__ import annotations

from ledger.adapters.memory_duty_log import MemoryTopic
from ledger.testing.recording_emitter import RecordedEvent, RecordingEmitter
from ledger.testing.recording_obligations import AsyncRecordingObligations, RecordingObligations

__all__ = ["AsyncRecordingObligations", "MemoryTopic", "RecordedEvent", "RecordingEmitter", "RecordingObligations"]
