"""What lies twice on the disks."""

from uuid import UUID

from msgspec import Struct

from hearth.api.v1.views.items import Item


class Copy(Struct, frozen=True):
    """A file, and the item that it is of; null when it is of none."""

    file_id: UUID
    path: str
    item: Item | None


class Duplicates(Struct, frozen=True):
    """Files with one content; `size` in bytes is that of each."""

    size: int
    copies: list[Copy]


class DuplicatePage(Struct, frozen=True):
    items: list[Duplicates]
    next: str | None
    total: int
