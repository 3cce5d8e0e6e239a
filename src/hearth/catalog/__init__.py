"""What it is: films, shows and music with their facts, versions, sidecars, people and artists.

Items are found again by (library, kind, identity); a person's locked fields survive whatever is found later.
"""

from hearth.catalog.forget import forget_fileless
from hearth.catalog.items import (
    Facts,
    ItemFacts,
    ItemKind,
    ItemsChanged,
    counts,
    find_items,
    hide_fileless,
    put_items,
    refresh_availability,
    rename_items,
)
from hearth.catalog.links import (
    ArtistCredit,
    Credit,
    Leaf,
    Linked,
    Sidecar,
    VersionFacts,
    leaves_below,
    linked_items,
    put_artist_credits,
    put_credits,
    put_sidecars,
    put_versions,
)

__all__ = [
    "ArtistCredit",
    "Credit",
    "Facts",
    "ItemFacts",
    "ItemKind",
    "ItemsChanged",
    "Leaf",
    "Linked",
    "Sidecar",
    "VersionFacts",
    "counts",
    "find_items",
    "forget_fileless",
    "hide_fileless",
    "leaves_below",
    "linked_items",
    "put_artist_credits",
    "put_credits",
    "put_items",
    "put_sidecars",
    "put_versions",
    "refresh_availability",
    "rename_items",
]
