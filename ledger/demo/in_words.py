"""The promises and duties that the demo shows, in plain words: what was promised and what happened, what came due. Data only."""

from __future__ import annotations

from typing import Final

KINDS: Final = {
    "ERASE": "erase what is due, or asked for",
    "ANSWER": "answer who asks",
    "RECTIFY": "correct what was corrected (GDPR Art. 19)",
    "NOTIFY_SUBJECT": "tell the person",
    "NOTIFY_RECIPIENT": "tell who has it what was erased or restricted (GDPR Art. 19)",
    "NOTIFY_AUTHORITY": "tell the authority of a breach",
    "END_SERVICE": "end the service before its data goes",
    "EXPORT_FIRST": "hand over before it goes",
}
"""Kind of obligation -> what must be done, in the order in which they are shown."""

TERMS: Final = {
    "GDPR-17": "on request, at every holder",
    "HH-18": "on request, at once",
    "HH-15": "the account, two years after the last service",
    "HH-16": "the off-line invoices, after the fiscal seven years",
    "MD-21": "invoices and agreements, after the fiscal seven years",
    "SH-11": "all, when the contract and every service have ended",
    "SO-01": "the account, after the fiscal seven years",
    "SO-02": "orders, after the fiscal seven years",
    "SO-03": "what was done in the portal, after two years and seven",
    "SO-04": "questions, six months after they are resolved",
    "SO-06": "the newsletter's address, with the account",
    "SO-12": "the log of look-ups, after two weeks",
    "WH-01": "all of a customer who has left",
    "WH-04": "at the suppliers, after the last domain",
    "WH-06": "certificates that have expired",
    "WH-07": "each day of visitor logs, after two years",
}
"""Rule -> what is erased by it."""

_BROKEN: Final = {
    "MD-07": "uses data for what it was collected for; one mail did not",
    "MD-12": "never sells personal data; some went to a data broker",
    "MD-13": "a share names the service it is needed for; one did not",
    "MD-14": "US suppliers by Privacy Shield; invalid since 2020-07-16",
    "MD-17": "shows what it has; one answer came after the month",
    "MD-18": "corrects, at its suppliers too; psp-one never did",
    "MD-20": "no e-mail after an objection; one was sent",
    "HH-03": "product news can be switched off; one came after that",
    "HH-04": "the session log never leaves; it went to a supplier",
    "HH-07": "used for the service alone; one mail was not",
    "HH-07 look-up-without-reason": "looked up when needed; this names nothing it was for",
    "HH-10": "nobody gets data before the customer was told; one did",
    "HH-13": "tells of every breach; one customer was forgotten",
    "HH-20": "announces changes in time; this one three weeks late",
    "HH-21": "looks at a site when abuse is likely; here was no reason",
    "WH-02": "nobody gets data for the administration; a supplier did",
    "WH-03": "suppliers get data for domains alone; one got other data",
    "WH-04": "gone at the suppliers with the last domain; not at registrar-one",
    "WH-06": "gone when a certificate expires; ca-two took its time",
    "WH-09": "looks at content by permission or on a leak; here was neither",
    "SH-01": "only what is strictly necessary is kept",
    "SH-02": "keeps no payment data; a bank account number was kept",
    "SH-07": "tells who asks for data; one customer was forgotten",
    "SH-09": "no unwanted mail; one was sent without consent",
    "SH-10": "hosting packages are in the Netherlands; one was in Germany",
    "SO-05": "newsletter by consent alone; there was none",
    "SO-07": "six mailings a year at most; a seventh was sent",
    "SO-09": "suppliers work under an agreement; there was none",
    "SO-09 agreement-lapsed": "the agreement with cloud-two ended, and none followed",
    "SO-10": "to registered recipients, or by law; this was neither",
    "SO-11": "Google gets no full IP address; it got one",
    "GDPR-5-1-b": "used for what it was collected for; one mail did not",
    "GDPR-17": "asked for by a customer; registrar-one and ca-two did not",
    "GDPR-33": "the authority knows of a breach in 72 hours; it was told later",
    "X-04": "a recipient that the statement does not name (GDPR Art. 30)",
}


def broken(promise: str, rule: str) -> str:
    """What the broken promise is, and what happened; empty for one that the demo does not break on purpose."""
    return _BROKEN.get(f"{promise} {rule}") or _BROKEN.get(promise, "")
