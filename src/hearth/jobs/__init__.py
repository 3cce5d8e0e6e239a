"""The job queue and what happens: work enqueued in the caller's transaction, run by workers, and events for listeners.

Rooms declare `Task`s and `Event`s, `enqueue` the one and `announce` the other with their changes; app gives a `Worker`
the handlers and `react_with` the table of event -> task. Jobs run at least once (a worker may be killed at any moment),
so handlers are idempotent or end with `run.complete(tx)`. The queue itself is pgqueuer; it stays inside this room.
How much is done and when - limits, schedules - may be changed while all of it runs: `Settings`.
"""

from hearth.jobs.enqueue import cancel, enqueue, enqueue_many, retry
from hearth.jobs.events import Announced, Event, Reactions, announce, react_with, reacting_with
from hearth.jobs.history import QueueCount, counts, job, list_jobs, tidy
from hearth.jobs.run import Run
from hearth.jobs.schedule import Periodic
from hearth.jobs.settings import Changeable, Settings, change_settings, settings_list
from hearth.jobs.stream import Events, Missed
from hearth.jobs.tables import install
from hearth.jobs.task import GiveUp, Job, JobId, Later, State, Task, queues
from hearth.jobs.worker import Handler, Worker

__all__ = [
    "Announced", "Changeable", "Event", "Events", "GiveUp", "Handler", "Job", "JobId", "Later", "Missed", "Periodic",
    "QueueCount", "Reactions", "Run", "Settings", "State", "Task", "Worker", "announce", "cancel", "change_settings",
    "counts", "enqueue", "enqueue_many", "install", "job", "list_jobs", "queues", "react_with", "reacting_with",
    "retry", "settings_list", "tidy",
]  # fmt: skip
