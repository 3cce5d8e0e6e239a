"""A folder's listing as items: parts of one film stacked, alternate versions of one film or episode together."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from hearth.media.names.extras import ExtraKind, extra
from hearth.media.names.formats import VIDEO, split_extension
from hearth.media.names.paths import name_of, parts, stem_of
from hearth.media.names.providers import without_ids
from hearth.media.names.shows import read_show
from hearth.media.names.stacks import stacks
from hearth.media.names.titles import folded
from hearth.media.names.tokens import quality
from hearth.media.names.understand import parse

LibraryKind = Literal["movies", "shows"]


class Version(msgspec.Struct, frozen=True):
    """One way to watch an item: its file, or its parts in order. `name` is the stem that tells it from the others."""

    name: str
    files: tuple[str, ...]


class Item(msgspec.Struct, frozen=True):
    """One item of a listing: the version to play unless told otherwise, and the others. Extras are items of their own,
    with `extra` set."""

    primary: Version
    alternates: tuple[Version, ...] = ()
    extra: ExtraKind | None = None


def versions(listing: Sequence[str], library: LibraryKind = "movies", library_root: str | None = None) -> list[Item]:
    """Group the videos of `listing` (paths of one folder, or of a tree) into items, in the order of their first file.

    Films: files named after their folder are versions of one film when every one of them is ("Film/Film - 4K.mkv"); in
    any folder files of the same title and year are, when all say what sets them apart. Shows: files of one folder with
    the same season and episodes. The primary version is the plainly named one, else the one with the most lines.
    Subtitles, images and other files that are no video are left out; a name without a known extension is a disc's
    folder.
    """
    found: list[Item] = []
    plain: list[str] = []
    for path in listing:
        kind = extra(path, library_root)
        if kind is not None:
            found.append(Item(Version(stem_of(path), (path,)), extra=kind))
        elif split_extension(name_of(path))[1] in VIDEO | {"", ".disc"}:
            plain.append(path)
    order = {path: at for at, path in enumerate(listing)}
    for members in _by_folder(_stacked(plain)).values():
        found.extend(_shows(members) if library == "shows" else _films(members))
    return sorted(found, key=lambda item: _first(item, order))


def _first(item: Item, order: dict[str, int]) -> int:
    return min(order[file] for version in (item.primary, *item.alternates) for file in version.files)


def _stacked(paths: list[str]) -> list[Version]:
    stacked = [Version(stack.name, stack.files) for stack in stacks(paths)]
    taken = {path for version in stacked for path in version.files}
    return stacked + [Version(stem_of(path), (path,)) for path in paths if path not in taken]


def _by_folder(members: Iterable[Version]) -> dict[tuple[str, ...], list[Version]]:
    groups: dict[tuple[str, ...], list[Version]] = {}
    for version in members:
        groups.setdefault(tuple(parts(version.files[0])[:-1]), []).append(version)
    return groups


_SUFFIXED = re.compile(r"\s*(?:[-_.]|\[[^\]]*\]|\(|$)")
_OTHER_YEAR = re.compile(r"[\s(\[._]*(?:19|20)\d\d[)\]]?(?![\w])")


def _films(members: list[Version]) -> list[Item]:
    folder = parts(members[0].files[0])[-2:-1]
    if len(members) > 1 and folder and all(_named_after(version.name, folder[0]) for version in members):
        return [_item(members, folder[0])]
    groups: dict[tuple[str, ...], list[Version]] = {}
    for version in members:
        groups.setdefault(_film_key(version), []).append(version)
    return [_item(group, "") for group in groups.values()]


def _named_after(name: str, folder: str) -> bool:
    """True when `name` is the folder's name with nothing but a version behind it; another year is another film."""
    for start in (folder, without_ids(folder).strip()):
        if start and name.casefold().startswith(start.casefold()):
            rest = name[len(start) :]
            return _SUFFIXED.match(rest) is not None and _OTHER_YEAR.match(rest) is None
    return False


def _film_key(version: Version) -> tuple[str, ...]:
    """Files with one key are versions of one film; a name that does not say what version it is stands alone."""
    name = parse(version.files[0], "movie")
    if name.title and name.year and (name.quality or name.edition or name.format_3d):
        return folded(name.title), str(name.year)
    return ("", *version.files)


def _shows(members: list[Version]) -> list[Item]:
    groups: dict[tuple[object, ...], list[Version]] = {}
    for version in members:
        name = parse(version.files[0], "episode")
        numbered = bool(name.episodes or name.date)
        key = (name.season, name.episodes, name.date) if numbered else (version.files,)
        groups.setdefault(key, []).append(version)
    return [_item(group, "") for group in groups.values()]


def _item(members: list[Version], folder: str) -> Item:
    if len(members) == 1:
        return Item(members[0])
    ordered = sorted(members, key=lambda version: _rank(version.name, folder))
    return Item(ordered[0], tuple(ordered[1:]))


_DIGITS = re.compile(r"(\d+)")


def _rank(name: str, folder: str) -> tuple[bool, int, list[tuple[int, str]]]:
    """Plain names first, then more lines before fewer, then by name with numbers by value."""
    plain = name.casefold() == folder.casefold() if folder else _is_plain(name)
    lines = quality(name)
    natural = [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in _DIGITS.split(name.casefold())]
    return not plain, -int(lines[:-1]) if lines else 0, natural


def _is_plain(name: str) -> bool:
    """True when nothing follows the episode's number."""
    reading = read_show(name)
    return reading.episode_title is None and quality(name) is None
