"""What is so: the names of each kind that the code has, and which of them were shown to work."""

from __future__ import annotations

import functools
import re
from fnmatch import fnmatchcase
from pathlib import Path

from tools.plan.model import Evidence, Feature, Plan, PlanError
from tools.plan.outcomes import PASSED, Outcomes
from tools.plan.readers import READERS, files_of

_BRACES = re.compile(r"\{[^}]*\}")


class Truth:
    """The code, read once for each kind that is asked for."""

    def __init__(self, plan: Plan, results: Path | None = None, *, running: bool = False) -> None:
        self.plan = plan
        self.outcomes = Outcomes(plan, results, running=running)
        self._held: dict[Evidence, bool] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._patterns: dict[str, list[re.Pattern[str]]] = {}

    def names(self, kind: str) -> frozenset[str]:
        """All names of a kind, as the code has them."""
        if kind not in self._names:
            described = self.plan.kinds[kind]
            if described.reader not in READERS:
                raise PlanError(f"kind {kind}: there is no reader {described.reader}; there are {', '.join(READERS)}")
            self._names[kind] = frozenset(READERS[described.reader](self.plan.root, described))
        return self._names[kind]

    def holds(self, evidence: Evidence) -> bool:
        """Whether it exists and passes: a test itself, what its kind is proven by otherwise."""
        if evidence not in self._held:
            exists = self.exists(evidence.kind, evidence.name)
            self._held[evidence] = exists and self.outcome(evidence) in (None, PASSED)
        return self._held[evidence]

    def exists(self, kind: str, name: str) -> bool:
        """Whether the code has it. Names of a path's parameters do not matter."""
        described = self.plan.kinds[kind]
        if described.reader == "files":
            return self._is_file(name)
        if name in self.names(kind):
            return True
        if described.reader == "openapi":
            name = name.replace(f" {described.prefix}/", " /", 1) if described.prefix else name
            return any(pattern.fullmatch(name) for pattern in self._routes(kind))
        if described.reader == "tests" and "*" in name:
            return any(fnmatchcase(known, name) for known in self.names(kind))
        return False

    def outcome(self, evidence: Evidence) -> str | None:
        """How the tests behind it ended, in a word; None when no test stands behind it, or no run is known."""
        kind = self.plan.kinds[evidence.kind]
        name = evidence.name if kind.reader == "tests" else kind.proven_by
        return self.outcomes.of(name) if name else None

    def tests(self) -> list[str]:
        """Every test that the plan leans on, as it names them."""
        kinds = self.plan.kinds
        named = [e.name for f in self.plan.features for e in f.evidence if kinds[e.kind].reader == "tests"]
        exits = [need for phase in self.plan.phases for leave in phase.exits for need in leave.needs]
        for need in exits:
            kind, _, name = need.partition(":")
            if kind in kinds and kinds[kind].reader == "tests":
                named.append(name)
        return list(dict.fromkeys([*named, *(kind.proven_by for kind in kinds.values() if kind.proven_by)]))

    def note(self) -> bool:
        """Writes down which of them passed; whether the record changed."""
        self._held.clear()
        return self.outcomes.note(self.tests())

    def _is_file(self, name: str) -> bool:
        if "*" in name:
            return next(iter(self.plan.root.glob(name)), None) is not None
        return (self.plan.root / name).exists()

    def _routes(self, kind: str) -> list[re.Pattern[str]]:
        if kind not in self._patterns:
            self._patterns[kind] = [_template(name) for name in self.names(kind)]
        return self._patterns[kind]

    @functools.cached_property
    def test_text(self) -> str:
        """All tests as one text: where uses of things are looked for."""
        return "\n".join(path.read_text("utf-8") for path in files_of(self.plan.root, self.plan.test_globs))

    @functools.cached_property
    def _test_text_lower(self) -> str:
        return self.test_text.lower()

    @functools.cache  # noqa: B019 - one Truth lives as long as the program
    def used(self, kind: str, name: str) -> bool:
        """Whether a test calls it: the path of a route, the words of a command, any other name as it is."""
        if not self.exists(kind, name):
            return False
        reader = self.plan.kinds[kind].reader
        text, before, end = self.test_text, r"\W", r"(?!\w)"
        pattern = re.escape(name)
        if reader == "openapi":
            path = name.partition(" ")[2]
            pattern = r"[^/\"'`\s]+".join(re.escape(part) for part in _BRACES.split(path))
            before, end = (r"[\"'`/\w}]" if path != "/" else r"[\"']"), r"(?=[\"'?`\s])"
        elif reader == "click":
            pattern = r"[\"',\s]+".join(re.escape(word) for word in name.split(" ")[1:])
        elif reader == "fields":
            text, before = self._test_text_lower, r"[\W_]"
        # What stands before is looked at apart: a pattern that begins with plain letters is found many times faster.
        return any(
            re.match(before, text[match.start() - 1 : match.start()]) for match in re.finditer(pattern + end, text)
        )

    def status(self, feature: Feature) -> str:
        """`done` when all evidence holds and some of it proves, `partial` when some holds, else `planned`."""
        held = [entry for entry in feature.evidence if self.holds(entry)]
        if not held:
            return "planned"
        proven = any(self.plan.kinds[entry.kind].proof for entry in held)
        return "done" if proven and len(held) == len(feature.evidence) else "partial"

    def share(self, feature: Feature) -> tuple[int, int]:
        """How many pieces of evidence hold, and how many there are."""
        return sum(self.holds(entry) for entry in feature.evidence), len(feature.evidence)


def _template(route: str) -> re.Pattern[str]:
    return re.compile(r"[^/\s]+".join(re.escape(part) for part in _BRACES.split(route)))
