"""The promises and rules that the demo shows, in plain words: what was promised and what happened, what came due. Data only."""

from __future__ import annotations

PROMISES_IN_WORDS: dict[str, str] = {
    "MD-07": "data is used for what it was collected for; one mail went to an address that was not held for it",
    "MD-12": "Mijndomein never sells personal data; some went to a data broker",
    "MD-13": "a share must name the service it is needed for; one did not",
    "MD-20": "no e-mail after an objection; one was sent",
    "HH-03": "product news can be switched off; one came after that",
    "HH-04": "the session log never leaves HostingHuis; it went to a supplier",
    "HH-10": "nobody sees data before the customer was told; the supplier did",
    "WH-02": "nobody else gets data for the administration; a supplier did",
    "WH-03": "suppliers get data for domains alone",
    "SH-01": "only what is strictly necessary is kept",
    "SH-02": "Smallhold keeps no payment data; a bank account number was kept",
    "SH-09": "no unwanted mail; one was sent without consent",
    "SO-05": "the newsletter goes by consent alone; there was none",
    "SO-09": "suppliers work under an agreement; there was none",
    "SO-10": "data goes to registered recipients, or where the law demands it; this one was neither",
    "SO-11": "Google gets no full IP address; it got one",
    "X-04": "the statement declares no such recipient (GDPR Art. 30)",
}
"""What the broken promise is, and what happened."""

RULES_IN_WORDS = {
    "GDPR-17": "erasure on request, at every holder",
    "HH-15": "the account, two years after the last service",
    "HH-16": "the off-line invoices, after the fiscal seven years",
    "MD-21": "invoices and agreements, after the fiscal seven years",
    "SH-11": "all, when the contract and every service have ended",
    "SO-01": "the account, after the fiscal seven years",
    "SO-02": "orders, after the fiscal seven years",
    "SO-03": "what was done in the portal, two years and seven",
    "SO-04": "questions, six months after they are resolved",
    "SO-06": "the newsletter's address, with the account",
    "SO-12": "the log of look-ups, after two weeks",
    "WH-01": "all of a customer who has left",
    "WH-04": "at the suppliers, after the last domain",
    "WH-06": "certificates of domains that have expired",
    "WH-07": "each day of visitor logs, after two years",
}
