"""The proxy examples as they stand, run for real in front of a server: only ports, certificates and the name are ours.

Debian's nginx and Caddy; Traefik is in no archive that we reach, so that its file is read by test_files alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests import media_files as make
from tests.app.test_supervise import free_port
from tests.engines import make_folder
from tests.journeys.server import USERNAME, Client, Server
from tests.journeys.test_a_play import find, play

PROXY = Path(__file__).parents[2] / "deploy" / "proxy"
_SPOOFED = "203.0.113.77"


class Behind:
    """A server behind a proxy; `address` is the proxy's, `tls` what its certificate is checked against."""

    def __init__(self, address: str, tls: ssl.SSLContext) -> None:
        self.address = address
        self.tls = tls


@pytest.fixture(scope="module")
def film() -> Iterator[Path]:
    folder = make_folder("hearth-media-")
    make.video(folder / "Paper Moons (2021).mp4", seconds=6)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(film: Path) -> Iterator[Server]:
    """One that believes its proxy, as the examples say."""
    running = Server(settings={"trusted_proxies": "127.0.0.1"})
    with Client(running) as person:
        person.set_up()
        person.add_library("Films", "movies", film)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def certificate() -> Iterator[Path]:
    """cert.pem and key.pem for localhost, signed by themselves."""
    folder = make_folder("hearth-tls-")
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _nginx(folder: Path, server: Server, port: int) -> list[str]:
    text = (PROXY / "nginx.conf").read_text()
    text = text.replace("127.0.0.1:8096", server.address.removeprefix("http://"))
    text = re.sub(r"/etc/letsencrypt/live/\S+/fullchain.pem", f"{folder}/cert.pem", text)
    text = re.sub(r"/etc/letsencrypt/live/\S+/privkey.pem", f"{folder}/key.pem", text)
    text = re.sub(r"listen \[::\]:\d+[^;]*;", "", text).replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace("media.example.org", "localhost")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{places}\n{text}\n}}\n"
    (folder / "whole.conf").write_text(whole)
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "whole.conf"), "-g", "daemon off;"]


def _caddy(folder: Path, server: Server, port: int) -> list[str]:
    text = (PROXY / "Caddyfile").read_text().replace("127.0.0.1:8096", server.address.removeprefix("http://"))
    ours = f"https://localhost:{port} {{\n\ttls {folder}/cert.pem {folder}/key.pem"
    text = text.replace("media.example.org {", ours)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def behind(request: pytest.FixtureRequest, server: Server, certificate: Path) -> Iterator[Behind]:
    program = str(request.param)
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine: apt-get install {program}")
    port, tls = free_port(), ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    argv = (_nginx if program == "nginx" else _caddy)(certificate, server, port)
    with (certificate / f"{program}.log").open("w+") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(certificate)},
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 20
            while not _answers(f"https://localhost:{port}", tls):
                assert process.poll() is None, Path(log.name).read_text()
                assert time.monotonic() < deadline, Path(log.name).read_text()
                time.sleep(0.05)
            yield Behind(f"https://localhost:{port}", tls)
        finally:
            # Told to stop, Caddy would wait for its last stream; nginx's workers outlive a master that is killed alone.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _answers(url: str, tls: ssl.SSLContext) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/health/live", verify=tls, timeout=5).status_code == 200
    return False


@pytest.fixture
def person(behind: Behind) -> Iterator[Client]:
    """Signed in through the proxy."""
    with Client(behind) as client:
        client.http.close()
        client.http = httpx.Client(base_url=behind.address, timeout=30, verify=behind.tls)
        client.log_in()
        yield client


def test_ranges_come_as_they_were_asked_for(person: Client, film: Path) -> None:
    session = play(person, find(person, "movie", "Paper Moons"))
    whole = (film / "Paper Moons (2021).mp4").read_bytes()
    part = person.http.get(session["url"], headers={"Range": "bytes=100-1099"})
    assert (part.status_code, part.content) == (206, whole[100:1100])
    assert "content-encoding" not in part.headers
    assert part.headers["strict-transport-security"] == "max-age=31536000"


def test_an_event_comes_while_the_stream_is_open(person: Client) -> None:
    item = find(person, "movie", "Paper Moons")
    with person.http.stream("GET", "/api/v1/events", timeout=20) as stream:
        lines = stream.iter_lines()
        next(lines)  # the stream has begun
        person.send("PUT", f"/items/{item['id']}/favorite")
        assert any(line.startswith("data:") and str(item["id"]) in line for line in lines), "held back until the end"
    person.send("DELETE", f"/items/{item['id']}/favorite")


def test_what_a_client_says_of_its_address_is_not_believed(person: Client) -> None:
    body = {"username": USERNAME, "password": "certainly wrong"}
    spoof = {"X-Forwarded-For": _SPOOFED, "X-Forwarded-Host": "evil.example", "Forwarded": f"for={_SPOOFED}"}
    assert person.http.post("/api/v1/auth/login", json=body, headers=spoof).status_code == 401
    newest = person.get("/audit", action="login.failed", limit=1)["items"][0]
    assert newest["address"] in ("127.0.0.1", "::1"), newest
