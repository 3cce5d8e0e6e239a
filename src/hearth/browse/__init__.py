"""The read side: what people see. Every list and every item that reaches a person comes from here.

Each function takes the transaction and the viewer; `visible` decides in one place what the viewer may see, and what is
hidden is as if it did not exist. Rows are plain values (`Item`, `Detail`, `Picture`); the doors give them their shapes.
Written for a million items: lists read the indexes of `catalog.item` in order and stop at the page's end.
"""

from hearth.browse.alike import alike
from hearth.browse.detail import Credit, Detail, brief, item
from hearth.browse.duplicates import Copy, Duplicates, duplicates
from hearth.browse.film_series import FilmSeries, film_series
from hearth.browse.filters import Filter
from hearth.browse.follow import leaves
from hearth.browse.handmade import Entry, HandList, entries, hand_list, hand_lists, list_entries
from hearth.browse.home import Home, Latest, home, next_up, resume
from hearth.browse.lists import children, items, kind_of, require_visible
from hearth.browse.loudness import Gain
from hearth.browse.lyrics import Words, lyrics, read_words
from hearth.browse.people import Filmography, Person, Role, Work, person
from hearth.browse.pictures import picture
from hearth.browse.rows import Item, Kind, Picture, Ref, State
from hearth.browse.rules import Rule, filter_of
from hearth.browse.search import Finds, Group, search
from hearth.browse.similar import Because, similar
from hearth.browse.sorts import SORTS
from hearth.browse.tally import Count, Facets, Letter, facets, genres, letters
from hearth.browse.versions import Part, Sidecar, Version
from hearth.browse.visible import library_counts, sees_library

__all__ = [
    "SORTS",
    "Because",
    "Copy",
    "Count",
    "Credit",
    "Detail",
    "Duplicates",
    "Entry",
    "Facets",
    "FilmSeries",
    "Filmography",
    "Filter",
    "Finds",
    "Gain",
    "Group",
    "HandList",
    "Home",
    "Item",
    "Kind",
    "Latest",
    "Letter",
    "Part",
    "Person",
    "Picture",
    "Ref",
    "Role",
    "Rule",
    "Sidecar",
    "State",
    "Version",
    "Words",
    "Work",
    "alike",
    "brief",
    "children",
    "duplicates",
    "entries",
    "facets",
    "film_series",
    "filter_of",
    "genres",
    "hand_list",
    "hand_lists",
    "home",
    "item",
    "items",
    "kind_of",
    "leaves",
    "letters",
    "library_counts",
    "list_entries",
    "lyrics",
    "next_up",
    "person",
    "picture",
    "read_words",
    "require_visible",
    "resume",
    "search",
    "sees_library",
    "similar",
]
