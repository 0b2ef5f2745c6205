"""How much one record may carry: what the processors put aside beyond it, and emitters refuse before it leaves.

Pure. Far above what anybody means, and low enough that whatever is derived from a record fits into a message: an outcome holds at most
LIST_ENTRIES_MAX categories of TEXT_BYTES_MAX bytes, some 250 kB. Changing a limit changes what is put aside, and so what a rebuild derives.
"""

from __future__ import annotations

from typing import Final

TEXT_BYTES_MAX: Final = 500
"""Of a text of a fact, or an id of a policy, in UTF-8: emitters send at most 128. A whole fact is seldom longer: then nobody looks at its texts."""
LIST_ENTRIES_MAX: Final = 500
"""Of a list of texts of a fact, and of any list of a policy: the longest code list has some hundred terms."""
