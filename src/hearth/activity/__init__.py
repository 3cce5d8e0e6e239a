"""What people do with items: how far they are, what they have watched, what they like, what they played when, which
lists they make.

`rules.judge` holds the rules: watched from nine tenths on, a position kept from a minute or a twentieth on, none for
things up to two minutes and for tracks. Every change is announced as `ActivityChanged`. Whether the account may see the
item is decided before: browse answers NotFound.
"""

from hearth.activity.changes import ActivityChanged
from hearth.activity.lists import (
    ListKind,
    add_entries,
    change_list,
    create_list,
    delete_list,
    move_entry,
    remove_entry,
    set_watch_later,
)
from hearth.activity.marks import mark_watched, set_favorite, set_rating
from hearth.activity.merge import merge_states
from hearth.activity.progress import begin_play, clear_progress, record_progress, record_stop
from hearth.activity.read_lists import put_read_list, read_lists
from hearth.activity.rules import Verdict, judge

__all__ = [
    "ActivityChanged",
    "ListKind",
    "Verdict",
    "add_entries",
    "begin_play",
    "change_list",
    "clear_progress",
    "create_list",
    "delete_list",
    "judge",
    "mark_watched",
    "merge_states",
    "move_entry",
    "put_read_list",
    "read_lists",
    "record_progress",
    "record_stop",
    "remove_entry",
    "set_favorite",
    "set_rating",
    "set_watch_later",
]
