"""What people do with items: how far they are, what they have watched, what they like, what they played when.

`rules.judge` holds the rules: watched from nine tenths on, a position kept from a minute or a twentieth on, none for
things up to two minutes and for tracks. Every change is announced as `ActivityChanged`. Whether the account may see the
item is decided before: browse answers NotFound.
"""

from hearth.activity.changes import ActivityChanged
from hearth.activity.marks import mark_watched, set_favorite, set_rating
from hearth.activity.progress import begin_play, clear_progress, record_progress, record_stop
from hearth.activity.rules import Verdict, judge

__all__ = [
    "ActivityChanged",
    "Verdict",
    "begin_play",
    "clear_progress",
    "judge",
    "mark_watched",
    "record_progress",
    "record_stop",
    "set_favorite",
    "set_rating",
]
