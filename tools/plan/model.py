"""What a plan is made of: features with their evidence, phases, and how evidence is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class PlanError(Exception):
    """The plan or its configuration does not make sense; the message says where and why."""


@dataclass(frozen=True)
class Kind:
    """A kind of evidence: how its names are read off the code, found in documents, and used in tests."""

    id: str
    reader: str
    source: str = ""
    globs: tuple[str, ...] = ()
    pattern: str = ""
    prefix: str = ""
    area: str = "services"
    proof: bool = False
    """Whether evidence of this kind shows that something works; without any, a feature is never done."""
    proven_by: str = ""
    """The test that shows that everything of this kind works; all of it holds only while that passes."""
    mention: str = ""
    """What in code spans of documents claims that such a thing exists; empty when nothing does."""
    ignore: tuple[str, ...] = ()
    documented: bool = False
    """Whether each of them must be mentioned by a document."""
    or_kinds: tuple[str, ...] = ()
    """A claim holds as well when one of these kinds has the name."""


@dataclass(frozen=True)
class Evidence:
    """One thing that must exist: `Evidence("route", "GET /items")`."""

    kind: str
    name: str


@dataclass(frozen=True)
class Feature:
    """One thing that the project intends."""

    id: str
    name: str
    version: str
    priority: str
    category: str
    document: str
    summary: str
    shape: str = ""
    scope: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    blocks: tuple[str, ...] = ()
    """The other side of `depends`, computed."""

    @property
    def slug(self) -> str:
        """The id as part of a file name."""
        return self.id.replace(".", "_").replace("-", "_")


@dataclass(frozen=True)
class Exit:
    """A condition for leaving a phase."""

    text: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Phase:
    """One version of the road."""

    version: str
    name: str
    goal: str
    priority: str
    exits: tuple[Exit, ...] = ()


@dataclass(frozen=True)
class Task:
    """A template of tasks: one for each piece of evidence of a kind (`each`), or for each feature ("feature")."""

    each: str
    area: str
    depth: int
    text: str
    needs: tuple[str, ...]
    under: tuple[str, ...] = ()
    """Only for names that begin so; empty for all."""


@dataclass(frozen=True)
class Plan:
    """Everything read from the two files. Paths are relative to `root`."""

    root: Path
    project: str
    design: str
    index: str
    status: str
    todos: str
    template: str
    svg: str
    record: str
    """Where it is noted which tests passed; empty when tests count by being there, as long as no report is given."""
    documents: tuple[str, ...]
    generated: tuple[str, ...]
    test_globs: tuple[str, ...]
    placeholders: tuple[str, ...]
    planned_sections: tuple[str, ...]
    areas: Mapping[str, str]
    depth: int
    categories: Mapping[str, str]
    priorities: Mapping[str, str]
    kinds: Mapping[str, Kind]
    phases: tuple[Phase, ...]
    features: tuple[Feature, ...]
    tasks: tuple[Task, ...]
    by_id: Mapping[str, Feature] = field(default_factory=dict)
