"""What the law asks of a report and no event of the ledger tells: said in the report, so that nobody takes it for complete. Data only.

A policy may tell some of it (ledger/answers/stated_record.py): what it tells is left out. Source: GDPR Art. 28(3), 30(1), 30(2), 33(5);
docs/answers.md section 8.
"""

from __future__ import annotations

from typing import Final

CONTROLLER: Final = "name and contact details of the controller (Art. 30(1)(a))"
OFFICER: Final = "name and contact details of the data protection officer, if there is one (Art. 30(1) and (2), (a) of each)"
PEOPLE: Final = "the kinds of people whose data it is, of each activity (Art. 30(1)(c))"
MEASURES: Final = "the security measures (Art. 30(1)(g))"
PROCESSOR: Final = "name and contact details of the processor (Art. 30(2)(a))"
CUSTOMERS: Final = "names and contact details of the customers and their data protection officers (Art. 30(2)(a))"
MEASURES_OF_PROCESSOR: Final = "the security measures (Art. 30(2)(d))"
CONTRACT: Final = "the contract itself: its duration, the customer's instructions, secrecy, audits (Art. 28(3))"

REGISTER: Final = (CONTROLLER, OFFICER, PEOPLE, MEASURES)
STATEMENT: Final = (PROCESSOR, OFFICER, CUSTOMERS, MEASURES_OF_PROCESSOR, CONTRACT)
BREACHES: Final = ("the effects of a breach and what was done against it, where they were not recorded (Art. 33(5))",)
IN_DUTCH: Final = {
    CONTROLLER: "naam en contactgegevens van de verwerkingsverantwoordelijke (art. 30 lid 1 onder a AVG)",
    OFFICER: "naam en contactgegevens van de functionaris gegevensbescherming, als die er is (art. 30 lid 1 en 2, onder a AVG)",
    PEOPLE: "de categorieën betrokkenen, van elke verwerking (art. 30 lid 1 onder c AVG)",
    MEASURES: "de beveiligingsmaatregelen (art. 30 lid 1 onder g AVG)",
    PROCESSOR: "naam en contactgegevens van de verwerker (art. 30 lid 2 onder a AVG)",
    CUSTOMERS: "namen en contactgegevens van de opdrachtgevers en hun functionarissen gegevensbescherming (art. 30 lid 2 onder a AVG)",
    MEASURES_OF_PROCESSOR: "de beveiligingsmaatregelen (art. 30 lid 2 onder d AVG)",
    CONTRACT: "de overeenkomst zelf: duur, instructies van de opdrachtgever, geheimhouding, audits (art. 28 lid 3 AVG)",
    BREACHES[0]: "de gevolgen van een datalek en wat ertegen is gedaan, waar dat niet is vastgelegd (art. 33 lid 5 AVG)",
}
"""What people who read Dutch are told instead."""
