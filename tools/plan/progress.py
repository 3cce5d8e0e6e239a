"""How far each phase is: a table and a picture, both counted from evidence."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from tools.plan.model import Phase, Plan
from tools.plan.truth import Truth


@dataclass(frozen=True)
class Progress:
    """The count of one phase."""

    phase: Phase
    features: int
    done: int
    partial: int
    held: int
    evidence: int

    @property
    def share(self) -> int:
        """Percent of the evidence that holds, rounded down: 100 means all."""
        return self.held * 100 // self.evidence if self.evidence else 0


def progress(plan: Plan, truth: Truth) -> list[Progress]:
    """One for each phase, in order."""
    found = []
    for phase in plan.phases:
        features = [feature for feature in plan.features if feature.version == phase.version]
        states = [truth.status(feature) for feature in features]
        shares = [truth.share(feature) for feature in features]
        found.append(
            Progress(
                phase,
                len(features),
                states.count("done"),
                states.count("partial"),
                sum(held for held, _ in shares),
                sum(all_of_it for _, all_of_it in shares),
            )
        )
    return found


def table(rows: list[Progress]) -> str:
    """The counts as a Markdown table."""
    lines = ["| version | | features done | begun | evidence that holds | |", "|---|---|---:|---:|---:|---:|"]
    lines += [
        f"| v{row.phase.version} | {row.phase.name} | {row.done} of {row.features} | {row.partial} "
        f"| {row.held} of {row.evidence} | {row.share} % |"
        for row in rows
    ]
    return "\n".join(lines)


def picture(plan: Plan, rows: list[Progress]) -> str:
    """The counts as an SVG: a bar for each phase. It names its colours and fonts itself and fetches nothing."""
    width, line, top = 720, 34, 44
    height = top + line * len(rows) + 12
    said = ", ".join(f"v{row.phase.version} {row.share} %" for row in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="Progress of {escape(plan.project)}: {said}">',
        "<style>text{font:14px system-ui,sans-serif;fill:#3a3a40}.n{font-variant-numeric:tabular-nums}"
        ".t{fill:#e4e2dd}.b{fill:#c2632b}"
        "@media (prefers-color-scheme:dark){text{fill:#d8d6d1}.t{fill:#33333a}.b{fill:#e08a4e}}</style>",
        f'<text x="0" y="22" font-weight="600">{escape(plan.project)}: evidence that holds, by version</text>',
    ]
    for index, row in enumerate(rows):
        y = top + index * line
        bar = 300 * row.held / row.evidence if row.evidence else 0
        parts += [
            f'<text x="0" y="{y + 15}" class="n">v{row.phase.version}</text>',
            f'<text x="48" y="{y + 15}">{escape(row.phase.name)}</text>',
            f'<rect class="t" x="300" y="{y + 3}" width="300" height="14" rx="3"/>',
            f'<rect class="b" x="300" y="{y + 3}" width="{bar:.1f}" height="14" rx="3"/>',
            f'<text x="612" y="{y + 15}" class="n">{row.share} % ({row.done}/{row.features})</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
