"""The words and bounded texts that the shapes are made of."""

from typing import Annotated, Literal

from msgspec import Meta

LibraryKind = Literal["movies", "shows", "music"]
ItemKind = Literal[
    "movie", "series", "season", "episode", "artist", "album", "track", "extra", "collection", "playlist"
]
ImageType = Literal["poster", "backdrop", "thumb", "logo", "banner"]
ScanState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]
PlayMethod = Literal["direct", "remux", "transcode"]

Username = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=8, max_length=1024)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
PathText = Annotated[str, Meta(min_length=1, max_length=4096)]
Token = Annotated[str, Meta(min_length=1, max_length=512)]
Word = Annotated[str, Meta(max_length=64)]
