"""Takes the address from each link of a page that would carry a personal value, or one that is withheld: the words stay. Pure.

What somebody has put into a name past the SDK stands on the pages of those who must find and mend it. In an address it would go into histories and
into the logs of proxies, and the gate would refuse it all the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from ledger.web.gate import READ_STRICTLY, is_personal
from ledger.web.veiling import is_veiled

_HREF: Final = re.compile(r' href="([^"]*\?[^"]*)"')


def without_personal(page: str) -> str:
    """The same page; `<a>` without an address is a place where a link might have been (WHATWG HTML, section 4.5.1)."""
    return _HREF.sub(lambda found: "" if _is_kept_out(found[1]) else found[0], page)


@lru_cache(maxsize=4_096)  # a page of a year has its days twice, and is asked for again
def _is_kept_out(address: str) -> bool:
    return any(_is_never(*pair) for pair in parse_qsl(urlsplit(unescape(address)).query))


@lru_cache(maxsize=4_096)
def _is_never(name: str, value: str) -> bool:
    return name not in READ_STRICTLY and (is_personal(name, value) or is_veiled(value))
