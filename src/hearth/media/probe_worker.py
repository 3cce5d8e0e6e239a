"""The child process of `prober`: questions on standard input, answers on standard output; it dies with its parent."""

from __future__ import annotations

import gc
import os
import sys
from typing import BinaryIO

import msgspec

from hearth.kit.parent import die_with_parent

from .covers import cover
from .facts import Answer, AudioTags, Cover, Keyframes, Marked, MediaInfo, Problem, Question, Unreadable
from .fingerprint import fingerprint
from .keyframes import keyframes
from .probe import GREEDY, probe
from .quick import quick
from .tags import tags

_DECODER = msgspec.msgpack.Decoder(Question)
_ENCODER = msgspec.msgpack.Encoder()


def answer(question: Question) -> Answer:
    """What is wanted of the file, or why that could not be read."""
    path = question.path
    try:
        match question.wanted:
            case "media":
                return probe(path, question.timeout_s)
            case "tags":
                return tags(path)
            case "keyframes":
                return Keyframes(keyframes(path, question.stream, question.timeout_s))
            case "cover":
                return Cover(cover(path))
    except Unreadable as error:
        return Problem(error.kind, error.reason)
    except MemoryError:
        return Problem("damaged", GREEDY)
    except Exception as error:  # whatever a stranger's file does to a parser, the others go on
        return Problem("failed", f"The file could not be read ({type(error).__name__}).")


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answers until the questions end."""
    while len(header := questions.read(4)) == 4:
        question = _DECODER.decode(questions.read(int.from_bytes(header, "little")))
        found: Answer | None = None
        if question.wanted == "tags" and question.size:
            found = quick(question.path, question.size)
        found = found or answer(question)
        if question.size is not None and isinstance(found, MediaInfo | AudioTags | Problem):
            found = Marked(found, fingerprint(question.path, question.size))
        data = _ENCODER.encode(found)
        answers.write(len(data).to_bytes(4, "little") + data)
        answers.flush()


def _confine(memory: int) -> None:
    """Limits that a reader never needs to exceed: memory, no files written, no core dumps."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """`python -m hearth.media.probe_worker PARENT_PID MEMORY_BYTES`."""
    die_with_parent(int(sys.argv[1]))
    # The answers get a descriptor of their own: whatever a library prints must not end up among them.
    answers = os.fdopen(os.dup(1), "wb", buffering=2**16)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    # libav and the general readers of tags are loaded by the first file that needs them: most music does not.
    _confine(int(sys.argv[2]))
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    answers.write(len(b"ready").to_bytes(4, "little") + b"ready")
    answers.flush()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
