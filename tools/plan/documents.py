"""Markdown as far as a plan needs it: sections, links, anchors, and what stands in code spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from tools.plan.model import Kind, Plan
from tools.plan.readers import files_of
from tools.plan.truth import Truth

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"\s*(```|~~~)")
_SPAN = re.compile(r"(`+)(.+?)\1")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BLOCK_START = re.compile(r"<!-- plan:[\w.:-]+ -->")
_BLOCK_END = re.compile(r"<!-- /plan:[\w.:-]+ -->")


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, up to the next heading."""

    title: str
    level: int
    line: int
    body: str
    planned: bool
    """It, or a section that holds it, speaks of what is planned: what stands there is not claimed to exist."""
    holds_sections: bool


@dataclass(frozen=True)
class Span:
    """A piece of code in a document."""

    text: str
    line: int
    planned: bool


@dataclass(frozen=True)
class Mention:
    """Something in a code span that looks like a name of a kind; `name` is what the code calls it, None if nothing."""

    kind: str
    text: str
    name: str | None
    line: int
    planned: bool


class Document:
    """One file of Markdown. `path` is relative to the root."""

    def __init__(self, plan: Plan, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.sections: list[Section] = []
        self.spans: list[Span] = []
        self.links: list[tuple[str, int]] = []
        self._planned = tuple(word.lower() for word in plan.planned_sections)
        self._read()

    def _read(self) -> None:
        heads: list[tuple[int, int, str]] = []
        raw = self.text.split("\n")
        lines = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), self.text).split("\n")
        generated = False
        code: list[str] = []
        fence, start = "", 0
        open_planned: list[tuple[int, bool]] = []
        bodies: list[list[str]] = [[]]
        flags: list[bool] = [False]
        for number, line in enumerate(lines, 1):
            # What the tool itself wrote into a block is no claim of a person's.
            generated = (generated or bool(_BLOCK_START.match(raw[number - 1]))) and not _BLOCK_END.match(
                raw[number - 1]
            )
            planned = any(flag for _, flag in open_planned)
            if mark := _FENCE.match(line):
                if not fence:
                    fence, code, start = mark[1], [], number + 1
                elif line.strip() == fence:
                    self.spans.append(Span("\n".join(code), start, planned))
                    fence = ""
                bodies[-1].append(line)
                continue
            if fence:
                code.append(line)
                bodies[-1].append(line)
                continue
            if head := _HEADING.match(line):
                level = len(head[1])
                open_planned = [entry for entry in open_planned if entry[0] < level]
                open_planned.append((level, head[2].lower().startswith(self._planned)))
                heads.append((number, level, head[2]))
                bodies.append([])
                flags.append(any(flag for _, flag in open_planned))
                continue
            bodies[-1].append(line)
            if not generated:
                self.spans += [Span(match[2].strip(), number, planned) for match in _SPAN.finditer(line)]
            for match in _LINK.finditer(_SPAN.sub("`", line)):
                self.links.append((match[1] or match[2], number))
        for index, (number, level, title) in enumerate(heads):
            follows = index + 1 < len(heads) and heads[index + 1][1] > level
            body = "\n".join(bodies[index + 1]).strip()
            self.sections.append(Section(title, level, number, body, flags[index + 1], follows))

    def anchors(self) -> set[str]:
        """What `#...` may name in it."""
        return {slug(section.title) for section in self.sections} | set(re.findall(r'(?:id|name)="([^"]+)"', self.text))


def slug(title: str) -> str:
    """A heading as an anchor."""
    words = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", lambda match: match[1] or ("_" if match[0] == "_" else ""), title)
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", words.strip().lower()))


def read_documents(plan: Plan) -> list[Document]:
    """All documents that a person wrote or scaffolding began, without those that are generated whole."""
    found = []
    for path in files_of(plan.root, plan.documents):
        place = path.relative_to(plan.root).as_posix()
        if not is_generated(plan, place):
            found.append(Document(plan, place, path.read_text("utf-8")))
    return found


def is_generated(plan: Plan, place: str) -> bool:
    """Whether a file is written by the tool or by another program alone."""
    return any(fnmatch(place, glob) for glob in plan.generated)


def dead_links(plan: Plan, document: Document) -> Iterator[tuple[str, int]]:
    """Links to files and anchors that are not there; addresses outside the project are not asked for."""
    for target, line in document.links:
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            continue
        path, _, anchor = target.partition("#")
        place = _resolve(document.path, path) if path else document.path
        if place is None or is_generated(plan, place):
            continue
        there = plan.root / place
        if not there.exists():
            yield target, line
        elif anchor and there.suffix == ".md":
            named = document if place == document.path else Document(plan, place, there.read_text("utf-8"))
            if anchor not in named.anchors():
                yield target, line


def _resolve(document: str, target: str) -> str | None:
    parts: list[str] = []
    for part in (PurePosixPath(document).parent / target).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def link(from_document: str, to: str) -> str:
    """The path that leads from one document to another file."""
    here = PurePosixPath(from_document).parent.parts
    there = PurePosixPath(to.partition("#")[0]).parts
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "/".join([".."] * (len(here) - same) + list(there[same:])) + to[len(to.partition("#")[0]) :]


def mentions(plan: Plan, truth: Truth, document: Document) -> Iterator[Mention]:
    """Everything in code spans that names something of a kind, true or not."""
    for kind in plan.kinds.values():
        if kind.mention:
            pattern = re.compile(kind.mention, re.MULTILINE)
            for span in document.spans:
                for match in pattern.finditer(span.text):
                    text = " ".join(group for group in match.groups() if group)
                    if text.lower() in kind.ignore or text in kind.ignore:
                        continue
                    line = span.line + span.text[: match.start()].count("\n")
                    yield Mention(kind.id, text, _known(plan, truth, kind, text), line, span.planned)
        elif kind.documented:
            for span in document.spans:
                if span.text in truth.names(kind.id):
                    yield Mention(kind.id, span.text, span.text, span.line, span.planned)


def _known(plan: Plan, truth: Truth, kind: Kind, text: str) -> str | None:
    """The name in the code that a piece of text means."""
    if kind.reader == "click":
        return _command(truth.names(kind.id), text)
    if kind.reader == "fields":
        text = text.lower()
    if kind.reader == "files":
        text = text.partition("::")[0].rstrip("./")
    if text in truth.names(kind.id):
        return text
    if kind.reader == "openapi":
        stripped = text.replace(f" {kind.prefix}/", " /", 1).rstrip("/.") if kind.prefix else text
        if stripped in truth.names(kind.id):
            return stripped
        for name in truth.names(kind.id):
            pattern = r"[^/\s]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", name))
            if re.fullmatch(pattern, stripped):
                return name
        return None
    if truth.exists(kind.id, text) or any(truth.exists(other, text) for other in kind.or_kinds):
        return text
    return None


def _command(known: frozenset[str], text: str) -> str | None:
    words = text.split()
    if text in known:
        return text
    shorter = " ".join(words[:-1])
    is_group = any(name.startswith(f"{shorter} ") for name in known)
    return shorter if len(words) > 2 and shorter in known and not is_group else None


def read_document(plan: Plan, place: str) -> Document | None:
    """One document by its path (without anchor); None when there is no such file."""
    path: Path = plan.root / place.partition("#")[0]
    return Document(plan, place.partition("#")[0], path.read_text("utf-8")) if path.is_file() else None
