"""People at a server who write and read all the time, and count what they were told."""

from __future__ import annotations

import threading
import time
from collections import Counter

import httpx

from tests import plain
from tests.journeys.server import PASSWORD, Client, Server

_WRITERS, _READERS = 2, 2
_PAUSE_S = 0.02
_BETWEEN_WRITES_S = 0.3


class Load:
    """Writers make playlists, each with a name of its own; readers turn pages. `with` runs them."""

    def __init__(self, server: Server, accounts: int = 1) -> None:
        self._server = server
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.acknowledged: set[str] = set()
        self.asked: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.refused = 0
        """Requests that got no answer: nobody listened, or the connection was cut."""
        self.seconds: list[float] = []
        self._begun: dict[int, float] = {}
        with Client(server) as person:
            person.log_in()
            self._tokens = [_key(person)]
            for number in range(1, accounts):  # an account may have a thousand playlists
                body = {"username": f"writer{number}", "password": PASSWORD, "role": "user"}
                person.send("POST", "/users", body, status=201)
                with Client(server) as writer:
                    credentials = {key: body[key] for key in ("username", "password")}
                    token = writer.send("POST", "/auth/login", credentials)["access_token"]
                    writer.http.headers["Authorization"] = f"Bearer {token}"
                    self._tokens.append(_key(writer))

    def playlists(self) -> list[str]:
        """The names of all playlists there are now, of every account."""
        found: list[str] = []
        for token in self._tokens:
            answer = plain.get(f"{self._server.address}/api/v1/playlists", headers={"Authorization": token}, timeout=60)
            found += [one["name"] for one in answer.raise_for_status().json()["items"]]
        return found

    def __enter__(self) -> Load:
        for number in range(_WRITERS):
            self._start(self._write, number)
        for number in range(_READERS):
            self._start(self._read, number)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not [thread for thread in self._threads if thread.is_alive()], "a request never came back"

    def since(self) -> tuple[Counter[int], int, int]:
        """Where the counts stand, for `Load.news`."""
        with self._lock:
            return self.statuses.copy(), self.refused, len(self.seconds)

    def news(self, before: tuple[Counter[int], int, int]) -> tuple[Counter[int], int, list[float]]:
        """What came since: statuses, requests without an answer, seconds that answers took."""
        with self._lock:
            return self.statuses - before[0], self.refused - before[1], self.seconds[before[2] :]

    def caught_up(self, moment: float) -> bool:
        """Whether everybody's request of before a moment (of time.monotonic) is over: answered, cut or refused."""
        with self._lock:
            return len(self._begun) == len(self._threads) and min(self._begun.values()) > moment

    def _start(self, work: object, number: int) -> None:
        thread = threading.Thread(target=work, args=(number,), daemon=True)  # type: ignore[arg-type] # ours
        self._threads.append(thread)
        thread.start()

    def _write(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            name = f"list {number} {count}"
            count += 1
            with self._lock:
                self.asked.add(name)
            token = self._tokens[count % len(self._tokens)]
            if self._ask("POST", "/api/v1/playlists", {"name": name}, token) == 201:
                with self._lock:
                    self.acknowledged.add(name)
            self._stop.wait(_BETWEEN_WRITES_S)

    def _read(self, number: int) -> None:
        paths = ("/api/v1/items?kind=movie&limit=20", "/api/v1/home", "/api/v1/libraries")
        while not self._stop.is_set():
            number += 1
            self._ask("GET", paths[number % len(paths)])

    def _ask(self, method: str, path: str, body: object = None, token: str | None = None) -> int | None:
        began = time.monotonic()
        with self._lock:
            self._begun[threading.get_ident()] = began
        status = None
        try:
            # A connection each: one that is kept may be cut by a kill although nothing was asked on it.
            status = plain.request(
                method, self._server.address + path, json=body, timeout=30,
                headers={"Authorization": token or self._tokens[0]},
            ).status_code  # fmt: skip
        except httpx.TransportError:
            self._stop.wait(0.1)
        with self._lock:
            if status is None:
                self.refused += 1
            else:
                self.statuses[status] += 1
                self.seconds.append(time.monotonic() - began)
        self._stop.wait(_PAUSE_S)
        return status


def _key(person: Client) -> str:
    """An API key of a person's, for the header: access tokens end after a quarter of an hour, a long soak does not."""
    return f"Bearer {person.send('POST', '/me/api-keys', {'name': 'load'}, status=201)['key']}"
