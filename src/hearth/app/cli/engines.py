"""The engines for a command: those of a running server, or its own for as long as it needs them."""

from hearth.app.engines import Engines, running_engines

__all__ = ["Engines", "running_engines"]
