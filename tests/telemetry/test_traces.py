"""Traces reach a real OTLP receiver: one from the request over SQL and the queue to the encoder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.server import Client, Server, eventually
from tests.journeys.test_a_play import find, play
from tests.telemetry.receiver import Received, Receiver

_SERVER, _CLIENT, _CONSUMER = 2, 3, 5


def root_of(receiver: Receiver, name: str) -> Received:
    found: list[Received] = eventually(lambda: receiver.named(name))
    return found[-1]


def test_a_request_is_a_span_with_its_statements_below(person: Client, receiver: Receiver) -> None:
    person.http.get("/api/v1/items?kind=movie&api_key=CANARY-in-a-query")
    answer = person.http.get("/api/v1/items?kind=movie", headers={"X-Request-Id": "one-request"})
    assert answer.headers["x-request-id"] == "one-request"
    top = next(span for span in eventually(lambda: _of_request(receiver, "one-request")) if span.kind == _SERVER)
    assert top.name == "GET /api/v1/items"
    assert top.facts["http.route"] == "/api/v1/items"
    assert top.facts["http.response.status_code"] == 200
    assert top.process == "web 1"
    statements = eventually(lambda: [span for span in receiver.below(top) if span.name == "db select"])
    assert all(span.kind == _CLIENT and span.facts["db.system.name"] == "postgresql" for span in statements)
    assert any("catalog.item" in span.facts["db.query.text"] for span in statements)
    assert all(top.start_ns <= span.start_ns <= span.end_ns <= top.end_ns for span in statements)
    assert not any(b"CANARY" in body for body in receiver.raw)


def _of_request(receiver: Receiver, request: str) -> list[Received]:
    return [span for span in receiver.spans if span.facts.get("hearth.request") == request]


def test_one_trace_goes_over_the_queue_to_the_encoder(person: Client, receiver: Receiver) -> None:
    session = play(person, find(person, "movie", "Ember Season"))
    assert session["method"] == "transcode"
    person.http.get(session["url"]).raise_for_status()
    assert person.http.get(session["url"].replace("master.m3u8", "0.m4s")).status_code == 200
    person.send("DELETE", f"/play/{session['session']}", status=204)
    top = root_of(receiver, "POST /api/v1/items/{item_id}/play")
    job = next(iter(eventually(lambda: [s for s in receiver.named("job playback.encode") if s.trace == top.trace])))
    assert (job.kind, job.process) == (_CONSUMER, "worker 1")
    assert job.facts["job.task"] == "playback.encode"
    assert job.facts["job.outcome"] == "done"
    below = receiver.below(top)
    assert job in below
    encodes = eventually(lambda: [span for span in receiver.below(job) if span.name == "encode"])
    assert encodes[0].facts["encode.work"] == "transcode"
    assert encodes[0].facts["encode.outcome"] in {"done", "stop"}


def test_a_scan_and_what_it_asks_for_are_one_trace(person: Client, receiver: Receiver) -> None:
    top = root_of(receiver, "POST /api/v1/libraries")
    jobs = {
        span.name
        for span in eventually(lambda: [s for s in receiver.below(top) if s.name == "job ingest.illustrate"])
        + receiver.below(top)
        if span.name.startswith("job ")
    }
    assert {"job ingest.scan", "job ingest.illustrate"} <= jobs
    assert jobs <= {"job ingest.scan", "job ingest.illustrate", "job playback.keyframes", "job ingest.loudness"}


def test_a_proxys_trace_is_gone_on_with_and_a_strangers_is_not(person: Client, receiver: Receiver) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    parent = f"00-{trace}-b7ad6b7169203331-01"
    person.http.get("/api/v1/home", headers={"traceparent": parent})
    top: Received = eventually(lambda: [s for s in receiver.named("GET /api/v1/home") if s.trace == trace])[0]
    assert top.parent == "b7ad6b7169203331"
    person.http.get("/api/v1/home", headers={"traceparent": parent[:-2] + "00"})
    person.http.get("/api/v1/search", params={"q": "moons"})
    eventually(lambda: receiver.named("GET /api/v1/search"))
    assert len([s for s in receiver.named("GET /api/v1/home") if s.trace == trace]) == 1, "the proxy sampled it out"


def test_log_lines_name_the_trace(person: Client, receiver: Receiver) -> None:
    person.http.get("/api/v1/home", headers={"X-Request-Id": "for-the-log-line"})
    top: Received = eventually(lambda: _of_request(receiver, "for-the-log-line"))[0]
    lines = person.get("/logs", level="debug", request="for-the-log-line")["items"]
    assert {line["more"]["trace"] for line in lines} == {top.trace}
    assert top.id in {line["more"]["span"] for line in lines}


_SAMPLED = """
import sys
from hearth.kit import telemetry
from hearth.kit.telemetry_otlp import OtlpTracer
tracer = OtlpTracer(sys.argv[1], float(sys.argv[2]), process="test", version="0")
telemetry.trace_with(tracer)
for number in range(400):
    with telemetry.span("work", facts={"n": number}):
        with telemetry.span("part"):
            pass
try:
    with telemetry.span("broken"):
        raise ValueError("no: token=CANARY")
except ValueError:
    pass
tracer.close()
"""


@pytest.mark.parametrize(("ratio", "least", "most"), [("0", 0, 0), ("0.25", 50, 160), ("1", 400, 400)])
def test_sampling_keeps_whole_traces_of_a_share(ratio: str, least: int, most: int) -> None:
    with Receiver() as receiver:
        subprocess.run([sys.executable, "-c", _SAMPLED, receiver.endpoint, ratio], check=True, timeout=60)
        work, parts = receiver.named("work"), receiver.named("part")
        assert least <= len(work) <= most
        assert {span.trace for span in work} == {span.trace for span in parts}
        for span in receiver.named("broken"):
            assert span.failed
        assert not any(b"CANARY" in body for body in receiver.raw)


def test_a_receiver_that_is_away_costs_nothing_but_spans() -> None:
    code = _SAMPLED + "\nprint('went on')"
    done = subprocess.run(
        [sys.executable, "-c", code, "http://127.0.0.1:9", "1"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "went on\n"
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3, done.stderr


_OFF = """
import json, sys, time
from hearth.kit import telemetry
def spans(count):
    began = time.process_time()
    for _ in range(count):
        with telemetry.span("db select", kind="client", facts={"db.system.name": "postgresql"}) as span:
            span.note({"rows": 1})
        telemetry.traceparent()
        telemetry.trace_ids()
    return (time.process_time() - began) / count
print(json.dumps(min(spans(20000) for _ in range(5))))
"""


@pytest.mark.timeout(300)
def test_off_costs_nothing_measurable(person: Client, receiver: Receiver) -> None:
    """What all the spans of a request cost while nobody wants them, against the processor time of the request."""
    person.http.get("/api/v1/items?kind=movie", headers={"X-Request-Id": "count-the-spans"})
    top = next(span for span in eventually(lambda: _of_request(receiver, "count-the-spans")) if span.kind == _SERVER)
    spans = eventually(lambda: len(receiver.below(top))) + 1
    # Not traced for coverage, as the server is not: every line would cost several times itself.
    plain = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    argv = [sys.executable, "-c", _OFF]
    done = subprocess.run(argv, env=plain, capture_output=True, text=True, timeout=60, check=True)
    quiet = Server(settings={"log_level": "warning"})
    try:
        with Client(quiet) as other:
            other.set_up()
            web, count = quiet.children()["web"], 200
            began = used_s(web)
            for _ in range(count):
                other.get("/items", kind="movie")
            request_s = (used_s(web) - began) / count
    finally:
        quiet.remove()
    share = spans * json.loads(done.stdout) / request_s
    print(
        f"{spans} spans, {json.loads(done.stdout) * 1e6:.2f} us each when off: {share:.3%} of {request_s * 1e3:.1f} ms"
    )
    assert share < 0.01


def used_s(pid: int) -> float:
    """User and system time of a process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_sdk_is_not_loaded_while_traces_are_off() -> None:
    code = (
        "import json, sys, hearth.app.web, hearth.app.worker, hearth.app.process;"
        "from hearth.kit import telemetry;"
        "assert telemetry.span('x') is telemetry.span('y') is telemetry.NOTHING;"
        "heavy = ('opentelemetry', 'prometheus_client', 'requests');"
        "print(json.dumps([m for m in sys.modules if m.startswith(heavy)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == []
