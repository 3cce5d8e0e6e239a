"""The few ways in which a request can fail; each door maps every kind once.

The docstring of a kind is its default message. `detail` is a sentence for the person who asked: what happened and
what to do. `extra` carries machine-readable facts (field names, limits) and never a secret.
"""

import errno
from collections.abc import Mapping


class HearthError(Exception):
    """Something went wrong."""

    status = 500

    def __init__(self, detail: str | None = None, *, extra: Mapping[str, object] | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.extra = dict(extra or {})
        super().__init__(self.detail)


class Invalid(HearthError):
    """The request is not valid."""

    status = 400


class Unauthenticated(HearthError):
    """Sign in first."""

    status = 401


class Denied(HearthError):
    """You may not do that."""

    status = 403


class NotFound(HearthError):
    """There is nothing here."""

    status = 404


class Conflict(HearthError):
    """That clashes with what is already there."""

    status = 409


class TooMany(HearthError):
    """Too many requests: try again in a moment."""

    status = 429


class Unavailable(HearthError):
    """A part of the server is not ready: try again in a moment."""

    status = 503


class DiskFull(Unavailable):
    """The disk is full: nothing can be saved. Make room on the disk of the data folder; Hearth goes on by itself."""


def out_of_room(error: BaseException) -> bool:
    """Whether an operating system's error says that the disk is full, or the account's share of it."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


KINDS: tuple[type[HearthError], ...] = (Invalid, Unauthenticated, Denied, NotFound, Conflict, TooMany, Unavailable)
