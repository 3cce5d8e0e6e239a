"""The pictures of items: chosen, kept once under the hash of their bytes, and served in a few sizes."""

from hearth.artwork.images import Image, ImageType, Source, put_image, remove_image, sources
from hearth.artwork.store import Kept, Store

__all__ = ["Image", "ImageType", "Kept", "Source", "Store", "put_image", "remove_image", "sources"]
