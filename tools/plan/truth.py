"""What is so: the names of each kind that the code has, and with a report of a test run, which tests passed."""

from __future__ import annotations

import functools
import re
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

from tools.plan.model import Evidence, Feature, Plan, PlanError
from tools.plan.readers import READERS, files_of

_BRACES = re.compile(r"\{[^}]*\}")


class Truth:
    """The code, read once for each kind that is asked for."""

    def __init__(self, plan: Plan, results: Path | None = None) -> None:
        self.plan = plan
        self.results = _results(results) if results else None
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
        """Whether it exists, and, where a report of a test run is at hand, passed in it."""
        if not self.exists(evidence.kind, evidence.name):
            return False
        return self.outcome(evidence) in (None, "passed")

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
        """`passed`, `failed`, `skipped` or `not run`; None without a report, or for what is no test."""
        if self.results is None or self.plan.kinds[evidence.kind].reader != "tests":
            return None
        names = [evidence.name]
        if "*" in evidence.name:
            names = [known for known in self.names(evidence.kind) if fnmatchcase(known, evidence.name)]
        outcomes = [self._outcome(_dotted(name)) for name in names]
        return next((worse for worse in ("failed", "skipped", "not run") if worse in outcomes), "passed")

    def _outcome(self, wanted: str) -> str:
        assert self.results is not None  # noqa: S101 - the caller looked
        found = [
            outcome
            for name, outcome in self.results.items()
            if name == wanted or name.startswith((f"{wanted}[", f"{wanted}."))
        ]
        for worse in ("failed", "skipped"):
            if worse in found:
                return worse
        return "passed" if found else "not run"

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

    @functools.cache  # noqa: B019 - one Truth lives as long as the program
    def used(self, kind: str, name: str) -> bool:
        """Whether a test calls it: the path of a route, the words of a command, any other name as it is."""
        if not self.exists(kind, name):
            return False
        if self.plan.kinds[kind].reader == "openapi":
            path = name.partition(" ")[2]
            parts = [re.escape(part) for part in _BRACES.split(path)]
            pattern = r"[^/\"'`\s]+".join(parts) + r"(?=[\"'?`\s])"
            return re.search(r"[\"'`/\w}]" + pattern if path != "/" else r"[\"']/[\"']", self.test_text) is not None
        words = name.split(" ")[1:] if self.plan.kinds[kind].reader == "click" else [name]
        pattern = r"[\"',\s]+".join(re.escape(word) for word in words)
        flags = re.IGNORECASE if self.plan.kinds[kind].reader == "fields" else 0
        return (
            re.search(
                rf"(?<![\w]){pattern}(?![\w])|_{pattern}\b" if flags else rf"(?<!\w){pattern}(?!\w)",
                self.test_text,
                flags,
            )
            is not None
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


def _dotted(test: str) -> str:
    """A pytest id as a JUnit report writes it: `tests.jobs.test_run.test_it`."""
    return test.replace(".py", "", 1).replace("::", ".").replace("/", ".")


def _results(path: Path) -> dict[str, str]:
    """Outcomes by dotted name, from a report in JUnit's format that pytest wrote."""
    try:
        tree = ElementTree.parse(path)  # noqa: S314 - our own report
    except (OSError, ElementTree.ParseError) as error:
        raise PlanError(f"{path}: {error}") from None
    found: dict[str, str] = {}
    for case in tree.iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".lstrip(".")
        outcome = "passed"
        for child in case:
            if child.tag in ("failure", "error"):
                outcome = "failed"
            elif child.tag == "skipped" and outcome == "passed":
                outcome = "skipped"
        found[name] = outcome
    return found
