"""The second judge: slow, naive, written from docs/judging.md, PROMISES and the five statements by someone who has not read the core.

It shares no code with the core, and must never do so: every fact is judged from the whole log before it, afresh, from nothing but the fields
of the events. Where it and the core differ, one of the two is wrong, or docs/judging.md is not clear.
"""

from tests.naive_judging.judge import Verdict, naive_register_verdicts, naive_verdicts

__all__ = ["Verdict", "naive_register_verdicts", "naive_verdicts"]
