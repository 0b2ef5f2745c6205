"""Which promises a fact breaks. Pure; the specification is docs/judging.md.

verdicts.py joins it all: what the policy declares (declared.py), forbids and asks for (needs.py), of the subject as it was then (then.py).
"""

from ledger.core.judging.declared import Verdict
from ledger.core.judging.verdicts import judge

__all__ = ["Verdict", "judge"]
