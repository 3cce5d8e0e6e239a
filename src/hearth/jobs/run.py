"""One run of a job, as its handler sees it: progress, the wish to stop, the end in the handler's own transaction."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Literal

from hearth.db import Database, Tx
from hearth.jobs import ledger
from hearth.jobs.task import JobId
from hearth.kit.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

_PROGRESS_EVERY_S = 0.5
_PROGRESS_TIMEOUT_S = 2.0

Stop = Literal["cancelled", "shutdown", "lost", "time"]


class Run:
    """Handed to a handler beside its arguments.

    `database` opens the handler's transactions; `attempt` counts from one. A run is stopped by cancelling its handler:
    CancelledError comes out of whatever it awaits. Work in threads looks at `stopping` now and then instead.
    """

    def __init__(self, database: Database, claim: ledger.Claim) -> None:
        self.database = database
        self.claim = claim
        self.attempt = 1
        self.key: str | None = None
        self.stop_reason: Stop | None = None
        self.ended = False
        self._handler: asyncio.Task[None] | None = None
        self._notes = ledger.Notes()
        self._written_at = float("-inf")
        self._completed = False

    @property
    def id(self) -> JobId:
        return self.claim.id

    @property
    def stopping(self) -> bool:
        """Whether the handler is asked to end: cancelled, out of time, or the worker shuts down."""
        return self.stop_reason is not None

    async def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Says how far the work is, in units of its own; cheap to call often, for it is written twice a second at most.

        What was said last is written with the end of the run at the latest. A database that is away does not hurt.
        """
        self._notes = ledger.Notes(done, total, ledger.readable(message) if message is not None else None)
        now = time.monotonic()
        if now - self._written_at < _PROGRESS_EVERY_S:
            return
        self._written_at = now
        try:
            async with asyncio.timeout(_PROGRESS_TIMEOUT_S), self.database.transaction() as tx:
                await ledger.note_progress(tx, self.claim, self._notes)
        except (Unavailable, TimeoutError) as error:
            log.debug("progress of job %s not written: %r", self.id, error)

    async def complete(self, tx: Tx) -> None:
        """Ends the job as done in the handler's last transaction: its effects happen once, whatever is killed when.

        Conflict when another worker has taken the job over; the transaction is then to be rolled back. Nothing is left
        to do after it but to return.
        """
        if not await ledger.end(tx, self.claim, self.key, "done", self.notes()):
            raise Conflict("This job was taken over by another worker: what was done here does not count.")
        self._completed = True

    def notes(self, error: str | None = None) -> ledger.Notes:
        """The last progress, with an error to go with it."""
        last = self._notes
        return ledger.Notes(last.done, last.total, last.message, ledger.readable(error) if error else None)

    def follow(self, handler: asyncio.Task[None]) -> None:
        """Ties the run to its handler; a wish to stop that came before is passed on."""
        self._handler = handler
        if self.stop_reason is not None:
            handler.cancel()

    def stop(self, reason: Stop) -> None:
        """Asks the handler to end; the first reason stands."""
        if self.stop_reason is not None or self.ended:
            return
        if reason == "lost" and self._completed:
            return  # there is no claim any more because the job is done
        self.stop_reason = reason
        if self._handler is not None:
            self._handler.cancel()
