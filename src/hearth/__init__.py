"""Hearth: a self-hosted media server for films, shows and music."""

__version__ = "0.1.0"
