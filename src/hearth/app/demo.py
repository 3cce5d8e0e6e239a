"""A small library of real, playable media, made on the spot: for trying Hearth, for screenshots and for tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

import msgspec

from hearth.kit.errors import Conflict
from hearth.media import ffmpeg as media_ffmpeg

from . import demo_art as art
from . import demo_media as media
from . import demo_plan as plan
from .demo_brush import Palette

Progress = Callable[[str, int, int], None]
"""Called with what was just made, how many are done, and how many there are."""

_MANIFEST = "hearth-demo.json"
_FOLDERS = ("Films", "Shows", "Music")
_COVERS = ".covers"


class DemoLibrary(msgspec.Struct, frozen=True):
    """Where the demo lies: a folder each for libraries of the kinds movies, shows and music."""

    root: Path
    films: Path
    shows: Path
    music: Path
    files: int
    size: int


class _Manifest(msgspec.Struct):
    version: str
    files: dict[str, int] = {}
    """Path below the root to size; empty until everything is made."""


class _Sizes(msgspec.Struct, frozen=True):
    """Width and height of the pictures, by what they are for."""

    poster: tuple[int, int]
    backdrop: tuple[int, int]
    cover: tuple[int, int]


def _sizes(part: float) -> _Sizes:
    def scaled(width: int, height: int) -> tuple[int, int]:
        return round(width * part), round(height * part)

    return _Sizes(scaled(1000, 1500), scaled(1920, 1080), scaled(1000, 1000))


class _Job(msgspec.Struct, frozen=True):
    target: Path
    make: Callable[[], None]


def make_demo(
    root: Path,
    progress: Progress = lambda _what, _done, _total: None,
    *,
    ffmpeg: str | None = None,
    small: bool = False,
) -> DemoLibrary:
    """Makes the demo below `root`, or finds it there. Takes about a minute the first time; a broken-off run resumes.

    With `small` the same library in tiny pictures and a few seconds each, as tests want it. `ffmpeg` is the configured
    program, if any. `root` must be empty, absent, or an earlier demo: Conflict otherwise, so that no one's files are
    touched.
    """
    chosen = plan.small() if small else plan.full()
    manifest = _known(root, chosen.version)
    if manifest.files and all(_size(root / name) == size for name, size in manifest.files.items()):
        return _library(root, manifest)
    program = media_ffmpeg.find(ffmpeg)
    root.mkdir(parents=True, exist_ok=True)
    _write(root, _Manifest(chosen.version))
    covers, rest = _jobs(root, chosen, program)
    total = len(covers) + len(rest)
    done = 0
    # Two at a time: every encoder may use two threads, and the machine is to stay usable.
    with ThreadPoolExecutor(2, thread_name_prefix="demo") as pool:
        try:
            for group in (covers, rest):
                for future in as_completed([pool.submit(_make, job) for job in group]):
                    done += 1
                    progress(future.result(), done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    made = [job.target for job in (*covers, *rest)]
    files = {str(path.relative_to(root)): path.stat().st_size for path in made}
    manifest = _Manifest(chosen.version, files)
    _write(root, manifest)
    return _library(root, manifest)


def _known(root: Path, version: str) -> _Manifest:
    """The manifest below the root; an older demo is cleared away first."""
    try:
        manifest = msgspec.json.decode((root / _MANIFEST).read_bytes(), type=_Manifest)
    except FileNotFoundError:
        if root.exists() and any(root.iterdir()):
            raise Conflict(f"{root} already holds other files: choose an empty folder for the demo.") from None
        return _Manifest(version)
    except msgspec.DecodeError:
        manifest = _Manifest("")
    if manifest.version != version:
        for name in (*_FOLDERS, _COVERS):
            shutil.rmtree(root / name, ignore_errors=True)
        return _Manifest(version)
    return manifest


def _write(root: Path, manifest: _Manifest) -> None:
    part = root / f".{_MANIFEST}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    os.replace(part, root / _MANIFEST)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _library(root: Path, manifest: _Manifest) -> DemoLibrary:
    films, shows, music = (root / name for name in _FOLDERS)
    return DemoLibrary(root, films, shows, music, len(manifest.files), sum(manifest.files.values()))


def _make(job: _Job) -> str:
    if _size(job.target) <= 0:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        job.make()
    return job.target.stem


def _jobs(root: Path, chosen: plan.Plan, ffmpeg: str) -> tuple[list[_Job], list[_Job]]:
    """What to make first (covers, which tracks embed) and then, the long encodes before the short."""
    covers: list[_Job] = []
    rest: list[_Job] = []
    sizes = _sizes(chosen.art)
    for film in chosen.films:
        rest += _film_jobs(root / "Films", film, ffmpeg, sizes)
    for show in chosen.shows:
        rest += _show_jobs(root / "Shows", show, ffmpeg, sizes)
    for album in chosen.albums:
        folder = root / "Music" / album.artist / f"{album.title} ({album.year})"
        # Embedded covers lie in a hidden folder outside the library: only the tracks carry them.
        cover = root / _COVERS / f"{album.title}.jpg" if album.embedded else folder / "folder.jpg"
        covers.append(_Job(cover, partial(_cover, album, cover, sizes.cover)))
        rest += _track_jobs(folder, album, cover if album.embedded else None, ffmpeg)
    return covers, rest


def _film_jobs(folder: Path, film: plan.Film, ffmpeg: str, sizes: _Sizes) -> list[_Job]:
    name = f"{film.title} ({film.year})"
    folder = folder / name
    jobs = []
    for height in film.heights:
        version = f" - {height}p" if len(film.heights) > 1 else ""
        target = folder / f"{name}{version}.{media.suffix(film.encoding)}"
        jobs.append(_Job(target, partial(media.make_film, ffmpeg, film, height, target)))
    for text in film.beside:
        target = folder / f"{name}.{text.language}{'.forced' if text.forced else ''}.srt"
        jobs.append(_Job(target, partial(_text, target, media.srt(text, film.seconds))))
    seed = sum(film.title.encode())
    if film.poster:
        target = folder / "poster.jpg"
        words = art.poster_text(film.title, film.tagline, sizes.poster, film.poster_text, film.text_at)
        jobs.append(_Job(target, partial(_picture, target, film.shots[0], film.palette, sizes.poster, seed, words)))
    if film.backdrop:
        target = folder / "fanart.jpg"
        jobs.append(_Job(target, partial(_picture, target, film.shots[0], film.palette, sizes.backdrop, seed + 1, "")))
    return jobs


def _show_jobs(folder: Path, show: plan.Show, ffmpeg: str, sizes: _Sizes) -> list[_Job]:
    folder = folder / f"{show.title} ({show.year})"
    jobs = []
    seed = sum(show.title.encode())
    words = art.poster_text(show.title, "The series", sizes.poster, "#ffffff")
    poster, backdrop = folder / "poster.jpg", folder / "fanart.jpg"
    jobs.append(_Job(poster, partial(_picture, poster, show.poster_scene, show.palette, sizes.poster, seed, words)))
    jobs.append(
        _Job(backdrop, partial(_picture, backdrop, show.poster_scene, show.palette, sizes.backdrop, seed + 1, ""))
    )
    for season, episodes in show.seasons.items():
        below = folder / f"Season {season:02d}"
        for number, (title, scene) in enumerate(episodes, 1):
            target = below / f"{show.title} S{season:02d}E{number:02d} - {title}.{media.suffix(show.encoding)}"
            make = partial(media.make_episode, ffmpeg, show, title, scene, target)
            jobs.append(_Job(target, make))
        if show.season_posters and season:
            target = folder / f"season{season:02d}-poster.jpg"
            words = art.poster_text(show.title, f"Season {season}", sizes.poster, "#ffffff")
            jobs.append(
                _Job(
                    target, partial(_picture, target, episodes[1][1], show.palette, sizes.poster, seed + season, words)
                )
            )
    return jobs


def _track_jobs(folder: Path, album: plan.Album, cover: Path | None, ffmpeg: str) -> list[_Job]:
    jobs = []
    for disc, tracks in enumerate(album.discs, 1):
        below = folder / f"CD{disc}" if len(album.discs) > 1 else folder
        for number, track in enumerate(tracks, 1):
            target = below / f"{number:02d} - {track.title}.{album.suffix}"
            make = partial(media.make_track, ffmpeg, album, disc, number, target, cover)
            jobs.append(_Job(target, make))
    return jobs


def _cover(album: plan.Album, target: Path, size: tuple[int, int]) -> None:
    words = art.cover_text(album.title, album.artist, size, album.text)
    _picture(target, album.scene, album.palette, size, sum(album.title.encode()), words)


def _picture(target: Path, scene: str, palette: Palette, size: tuple[int, int], seed: int, words: str) -> None:
    _replace(target, bytes(art.render(scene, palette, size, seed, words).jpegsave_buffer(Q=88, optimize_coding=True)))


def _text(target: Path, text: str) -> None:
    _replace(target, text.encode())


def _replace(target: Path, data: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(data)
    os.replace(part, target)
