"""Where accounts were signed in, remembered for as long as strangers are refused.

A flood of guesses is refused without asking anybody, and yet whoever the account belongs to must get in from home: that
needs the addresses of one name, once in ten seconds, and not a question for every guess.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from hearth.accounts.names import readable, username_key
from hearth.db import Tx

if TYPE_CHECKING:
    from hearth.accounts.gate import Begin

_FOR_S = 10.0
_NAMES = 1_000
# Questions at once: a flood of ever new names must not stand in front of lists in the database's queue.
_QUESTIONS = 4


class Homes:
    """The addresses from which names were signed in within the time that sessions are kept; nobody's names too."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()
        self._asking = 0

    async def include(self, begin: Begin, username: str, address: str | None) -> bool:
        """Whether the name was signed in from there; what became of it in the last ten seconds may be missing, and with
        too many questions under way the answer is no."""
        if address is None or not readable(username):
            return False
        key = username_key(username)
        now = time.monotonic()
        asked, addresses = self._known.get(key, (-_FOR_S, frozenset[str]()))
        if now - asked >= _FOR_S:
            if self._asking >= _QUESTIONS:
                return False
            self._asking += 1
            try:
                async with begin() as tx:
                    addresses = await _addresses(tx, key)
            finally:
                self._asking -= 1
            self._known[key] = (now, addresses)
            self._known.move_to_end(key)
            while len(self._known) > _NAMES:
                self._known.popitem(last=False)
        return address in addresses


async def _addresses(tx: Tx, key: str) -> frozenset[str]:
    rows = await tx.fetch(
        "select distinct s.address from accounts.session s join accounts.account a on a.id = s.account_id"
        " where a.username_key = $1 and s.address is not null",
        key,
    )
    return frozenset(row["address"] for row in rows)
