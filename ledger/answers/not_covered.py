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
IN_DUTCH: Final = dict(
    zip(
        (*REGISTER, *STATEMENT, *BREACHES),
        (
            "naam en contactgegevens van de verwerkingsverantwoordelijke en van de functionaris gegevensbescherming (art. 30 lid 1 onder a AVG)",
            "de categorieën betrokkenen (art. 30 lid 1 onder c AVG)",
            "de beveiligingsmaatregelen (art. 30 lid 1 onder g AVG)",
            "naam en contactgegevens van verwerker, opdrachtgever en functionarissen gegevensbescherming (art. 30 lid 2 onder a AVG)",
            "de beveiligingsmaatregelen (art. 30 lid 2 onder d AVG)",
            "de overeenkomst zelf: duur, instructies van de opdrachtgever, geheimhouding, audits (art. 28 lid 3 AVG)",
            "de gevolgen van een datalek en wat ertegen is gedaan (art. 33 lid 5 AVG)",
        ),
        strict=True,
    )
)
"""What people who read Dutch are told instead."""
