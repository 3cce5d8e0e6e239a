"""The end of the pipe that a child's answers come out of."""

from __future__ import annotations

import asyncio
import os

import pytest

from hearth.media.answers import MAX_ANSWER, Answers


def _message(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data


async def test_whole_messages_come_together_and_pieces_wait() -> None:
    answers = Answers()
    try:
        os.write(answers.end, _message(b"one") + _message(b"") + _message(b"three")[:5])
        assert await answers.some() == [b"one", b""]
        later = asyncio.create_task(answers.some())
        await asyncio.sleep(0.02)
        assert not later.done()
        os.write(answers.end, _message(b"three")[5:])
        assert await asyncio.wait_for(later, 5) == [b"three"]
    finally:
        answers.close()


async def test_an_answer_larger_than_the_pipe() -> None:
    answers = Answers()
    large = os.urandom(3 * 2**20)

    def write() -> None:
        with os.fdopen(os.dup(answers.end), "wb") as end:
            end.write(_message(large))

    writing = asyncio.create_task(asyncio.to_thread(write))
    try:
        assert await asyncio.wait_for(answers.some(), 10) == [large]
        await writing
    finally:
        answers.close()


async def test_the_end_is_heard_once_nobody_writes() -> None:
    answers = Answers()
    child = os.dup(answers.end)
    answers.given()
    os.write(child, _message(b"last"))
    os.close(child)
    try:
        assert await answers.some() == [b"last"]
        assert await asyncio.wait_for(answers.some(), 5) == []
    finally:
        answers.close()


async def test_closing_wakes_who_waits() -> None:
    answers = Answers()
    waiting = asyncio.create_task(answers.some())
    await asyncio.sleep(0.02)
    answers.close()
    assert await asyncio.wait_for(waiting, 5) == []
    assert await answers.some() == []
    answers.close()


async def test_what_announces_more_than_any_answer_has_is_refused() -> None:
    answers = Answers()
    os.write(answers.end, (MAX_ANSWER + 1).to_bytes(4, "little"))
    try:
        with pytest.raises(ValueError, match="too long"):
            await answers.some()
    finally:
        answers.close()


async def test_who_gives_up_waiting_leaves_the_loop_alone() -> None:
    answers = Answers()
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answers.some(), 0.02)
        os.write(answers.end, _message(b"late"))
        assert await asyncio.wait_for(answers.some(), 5) == [b"late"]
    finally:
        answers.close()
