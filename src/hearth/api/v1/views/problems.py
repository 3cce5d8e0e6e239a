"""Files that Hearth could not use."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct


class ProblemFile(Struct, frozen=True):
    """A file that was refused: why, whether its content or its name is the matter, and what to do about it."""

    id: UUID
    library_id: UUID
    path: str
    folder: str
    name: str
    size: int
    reason: str
    about: Literal["content", "name"]
    advice: str
    ignored: bool
    since: datetime


class ProblemPage(Struct, frozen=True):
    """By when they were found, the oldest first."""

    items: list[ProblemFile]
    next: str | None
    total: int


class Ignored(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the file is left out of the list, until it is refused for another reason."""

    ignored: bool
