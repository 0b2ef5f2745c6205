"""A second reading of docs/duties.md: slow, naive, written from the pages (duties, policies 2, 3 and 7, law 3) by someone who has not read the core.

It shares no code with the core, and must never do so. At each record everything is asked anew from all that stands on the log so far; the only
thing it carries from one record to the next is which obligations it has raised. Where it and the core differ, one of the two is wrong, or the
page is not clear.
"""

from tests.naive_duties.steps import Found, Step, naive_duties

__all__ = ["Found", "Step", "naive_duties"]
