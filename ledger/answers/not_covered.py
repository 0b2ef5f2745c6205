"""What the law asks of a report and no event of the ledger tells: said in the report, so that nobody takes it for complete. Data only.

Source: GDPR Art. 28(3), 30(1), 30(2), 33(5); docs/answers.md section 8.
"""

from __future__ import annotations

from typing import Final

REGISTER: Final = (
    "names and contact details of the controller and its data protection officer (Art. 30(1)(a))",
    "the kinds of people whose data it is (Art. 30(1)(c))",
    "the security measures (Art. 30(1)(g))",
)
STATEMENT: Final = (
    "names and contact details of processor, customer and data protection officers (Art. 30(2)(a))",
    "the security measures (Art. 30(2)(d))",
    "the contract itself: its duration, the customer's instructions, secrecy, audits (Art. 28(3))",
)
BREACHES: Final = ("the effects of a breach and what was done against it (Art. 33(5))",)
