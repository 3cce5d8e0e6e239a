"""Opaque cursors for keyset paging: the sort key of the last row, packed into one word for clients to hand back."""

import base64
import binascii
from typing import Generic, TypeVar

import msgspec

from hearth.kit.errors import Invalid

T = TypeVar("T")
MAX_LIMIT = 500
_MAX_CURSOR = 2048


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list: the rows, the cursor of the next page (None at the end) and the size of the whole list."""

    items: list[T]
    next: str | None
    total: int


def pack_cursor(*values: object) -> str:
    """Pack sort-key values (text, numbers, None, UUIDs and times as text) into one URL-safe word."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def unpack_cursor(cursor: str, size: int) -> list[object]:
    """The values that `pack_cursor` was given; Invalid when the word is not one of ours or has not `size` values."""
    if len(cursor) > _MAX_CURSOR:
        raise Invalid("This page cursor is not one of ours: start again from the first page.")
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[object])
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise Invalid("This page cursor is not one of ours: start again from the first page.") from error
    if len(values) != size:
        raise Invalid("This page cursor belongs to another list: start again from the first page.")
    return values
