"""Films and episodes that come in several files: "Film part1.mkv", "Film part2.mkv"."""

import re

import msgspec

from hearth.media.names.extras import by_suffix
from hearth.media.names.formats import split_extension
from hearth.media.names.paths import name_of, parts

_PART = re.compile(
    r"(?P<name>.*?[^ ._\-])(?:[ ._\-]+|(?<=[)\]}]))[(\[]?(?P<word>cd|dvd|part|pt|dis[ck])[ ._\-]*"
    r"(?P<n>\d{1,3}|[a-d])(?:of\d{1,3})?[)\]]?",
    re.IGNORECASE | re.DOTALL,
)


class Stack(msgspec.Struct, frozen=True):
    """The files of one item, in order. `name` is their stem without the part."""

    name: str
    files: tuple[str, ...]


def part_of(stem: str) -> tuple[str, str, str] | None:
    """("Film", "part" + numbering, part) of a stem that ends in a part; letters and digits do not stack together."""
    match = _PART.fullmatch(stem[-512:])
    if match is None:
        return None
    letters = "letters" if match["n"].isalpha() else "digits"
    return match["name"], f"{match['word'].lower()} {letters}", match["n"].lower()


def stacks(paths: list[str]) -> list[Stack]:
    """The stacks among `paths` (of any folders): two files or more alike but for the part. Extras never stack.

    In the order of each stack's first file.
    """
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    names: dict[tuple[str, ...], str] = {}
    for path in paths:
        stem, extension = split_extension(name_of(path))
        found = part_of(stem)
        if found is None or by_suffix(stem) is not None:
            continue
        name, kind, part = found
        key = (*parts(path)[:-1], name.casefold(), kind, extension)
        groups.setdefault(key, {}).setdefault(part.lstrip("0") or "0", path)
        names.setdefault(key, name)
    return [
        Stack(names[key], tuple(files[part] for part in sorted(files, key=lambda part: (len(part), part))))
        for key, files in groups.items()
        if len(files) > 1
    ]
