"""The integration tests on engines in containers: `python -m tests.containers [pytest's words]`.

Starts PostgreSQL 18 and Valkey with testcontainers, which is no dependency of ours (`pip install testcontainers`), and
takes a container engine. Where there is none, the same tests run on the embedded engines: `pytest`, `make test`.
"""

from __future__ import annotations

import os
import subprocess
import sys

_DEFAULT = ("tests/db", "tests/jobs", "tests/browse", "tests/accounts", "tests/activity", "tests/api", "tests/kit")
_POSTGRES, _CACHE = "postgres:18", "valkey/valkey:9"


def main() -> int:
    try:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy
    except ImportError:
        sys.exit("testcontainers is not installed: pip install testcontainers")
    postgres = (
        DockerContainer(_POSTGRES)
        .with_env("POSTGRES_USER", "hearth").with_env("POSTGRES_PASSWORD", "hearth").with_env("POSTGRES_DB", "hearth")
        .with_command(["postgres", "-c", "max_connections=300", "-c", "fsync=off"])
        .with_exposed_ports(5432)
        .waiting_for(LogMessageWaitStrategy("ready to accept connections", times=2))
    )  # fmt: skip
    cache = (
        DockerContainer(_CACHE)
        .with_exposed_ports(6379)
        .waiting_for(LogMessageWaitStrategy("Ready to accept connections"))
    )
    with postgres, cache:
        database = f"{postgres.get_container_host_ip()}:{postgres.get_exposed_port(5432)}"
        place = f"{cache.get_container_host_ip()}:{cache.get_exposed_port(6379)}"
        given = {
            "HEARTH_TEST_DATABASE_URL": f"postgresql://hearth:hearth@{database}/hearth?sslmode=disable",
            "HEARTH_TEST_CACHE_URL": f"redis://{place}",
        }
        argv = [sys.executable, "-m", "pytest", *(sys.argv[1:] or _DEFAULT)]
        return subprocess.run(argv, env={**os.environ, **given}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
