"""Fifty people at once, each on a connection that stays open: nobody is told of an error.

The long form is a measurement: `python -m bench clients`.
"""

from __future__ import annotations

import pytest
from bench.clients import ask, fill, pages

from tests.journeys.server import Client, Server


@pytest.mark.timeout(240)
def test_fifty_clients_meet_no_error() -> None:
    server = Server()
    try:
        with Client(server) as first:
            first.set_up()
            fill(server, 1_000)
            wanted = pages(first)
        assert {page.kind for page in wanted} == {"list", "home", "item", "search", "picture it has"}
        told = ask(server, wanted, clients=50, seconds=5, closed=False)
        assert told.errors == {}
        assert set(told.seconds) == {page.kind for page in wanted}
        assert sum(map(len, told.seconds.values())) >= 50
        assert server.mistakes() == []
    finally:
        server.remove()
