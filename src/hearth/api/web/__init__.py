"""The door to the web interface: serves the files that the build put beside this module."""

from hearth.api.web.site import File, Site, read_site, web_handlers

__all__ = ["File", "Site", "read_site", "web_handlers"]
