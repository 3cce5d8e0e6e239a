"""Playing an item: what a player can take is decided, served and followed.

`decide` is a pure function.
"""

from .decide import decide
from .direct import serve_file
from .facts import AudioTarget, Client, Decision, Limits, Session, VideoTarget

__all__ = ["AudioTarget", "Client", "Decision", "Limits", "Session", "VideoTarget", "decide", "serve_file"]
