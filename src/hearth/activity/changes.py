"""The event that a person's state of items changed: other screens of the same person follow it."""

from collections.abc import Sequence
from uuid import UUID

from hearth import jobs
from hearth.db import Tx

_MAX_NAMED = 50


class ActivityChanged(jobs.Event, frozen=True, tag="activity"):
    """Somebody watched, marked or rated something. `item_ids` is empty when there were too many to name."""

    account_id: UUID
    item_ids: tuple[UUID, ...]


async def announce_change(tx: Tx, account_id: UUID, item_ids: Sequence[UUID]) -> None:
    named = tuple(item_ids) if len(item_ids) <= _MAX_NAMED else ()
    await jobs.announce(tx, ActivityChanged(account_id=account_id, item_ids=named), audience=f"user:{account_id}")
