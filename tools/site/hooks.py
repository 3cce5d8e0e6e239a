"""What mkdocs calls: the reference's pages, and places in the navigation for folders that grow by themselves."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def _reference() -> dict[str, str]:
    # Not at the top: mkdocs takes back what a hook does to the path while it is loaded.
    for folder in (str(ROOT), str(ROOT / "src")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    from tools.site.pages import pages

    return pages(ROOT)


def _title(text: str, name: str) -> str:
    return next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), name)


def _section(docs: Path, folder: str) -> list[str | dict[str, str]]:
    """The pages of a folder, or of the reference, which lies in none: its index, the API, the rest."""
    if folder == "reference":
        found = _reference()
        first = sorted((name for name in found if name.startswith("api")), key=lambda name: (name != "api.md", name))
        rest = [name for name in found if name not in ("index.md", *first)]
        return [
            "reference/index.md",
            *({_title(found[name], name): f"reference/{name}"} for name in (*first, *rest)),
        ]
    return [
        {_title(path.read_text("utf-8"), path.stem): path.relative_to(docs).as_posix()}
        for path in sorted((docs / folder).glob("*.md"))
    ]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fills the parts of the navigation that are written as `folder/*`."""
    docs = Path(config.docs_dir)
    config.nav = _expanded(config.nav or [], docs)
    return config


def _expanded(nav: list[Any], docs: Path) -> list[Any]:
    found: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            ((title, inner),) = entry.items()
            if isinstance(inner, str) and inner.endswith("/*"):
                if below := _section(docs, inner.removesuffix("/*")):
                    found.append({title: below})
                continue
            found.append({title: _expanded(inner, docs) if isinstance(inner, list) else inner})
        else:
            found.append(entry)
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the reference."""
    from mkdocs.structure.files import File

    for name, text in _reference().items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    return files
