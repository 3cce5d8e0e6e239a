"""Settings: the order of their sources, where each came from, and errors that name the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from hearth.config import Config, default_data, load
from hearth.kit.errors import Invalid


def write(folder: Path, text: str) -> Path:
    path = folder / "hearth.toml"
    path.write_text(text)
    return path


def test_later_sources_win_and_are_remembered(tmp_path: Path) -> None:
    write(tmp_path, 'port = 1001\nlog_level = "debug"\nweb_processes = 2\n\n[concurrency]\nscan = 3\n')
    environment = {"HEARTH_DATA": str(tmp_path), "HEARTH_PORT": "1002", "HEARTH_WEB_PROCESSES": "4"}
    loaded = load({"port": 1003, "host": None}, environment=environment)
    config = loaded.config
    assert (config.port, config.web_processes, config.log_level, config.host) == (1003, 4, "debug", "127.0.0.1")
    assert config.concurrency == {"scan": 3}
    assert (config.data, config.cache) == (tmp_path, tmp_path / "cache")
    sources = {s.key: s.source for s in loaded.settings}
    assert sources["port"] == "--port"
    assert sources["web_processes"] == "HEARTH_WEB_PROCESSES"
    assert sources["log_level"] == "hearth.toml line 2"
    assert sources["concurrency"] == "hearth.toml line 5"
    assert sources["host"] == sources["cache"] == "default"
    assert set(sources) == set(Config.__struct_fields__)


def test_values_in_the_environment(tmp_path: Path) -> None:
    config = load(
        environment={
            "HEARTH_DATA": str(tmp_path),
            "HEARTH_TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16",
            "HEARTH_CONCURRENCY": "scan=2, encode=1",
            "HEARTH_LOG_LEVELS": "ingest=debug, asyncpg=info",
            "HEARTH_METRICS_ALLOW": "10.1.0.0/16",
            "HEARTH_LOG_FOLDER": "logs",
            "HEARTH_ALLOW_LINKS": "true",
            "HEARTH_SCAN_SETTLE_S": "0.5",
            "HEARTH_FFMPEG": "/usr/bin/ffmpeg",
            "HEARTH_DATABASE_URL": "",
            "OTHER_PORT": "x",
        }
    ).config
    assert config.trusted_proxies == ("10.0.0.1", "192.168.0.0/16")
    assert config.concurrency == {"scan": 2, "encode": 1}
    assert config.log_levels == {"ingest": "debug", "asyncpg": "info"}
    assert config.metrics_allow == ("10.1.0.0/16",)
    assert config.log_folder == Path("logs")
    assert config.allow_links is True
    assert config.scan_settle_s == 0.5
    assert config.ffmpeg == Path("/usr/bin/ffmpeg")
    assert config.embedded_database
    assert config.embedded_cache


def test_what_kubernetes_adds_is_not_ours(tmp_path: Path) -> None:
    environment = {
        "HEARTH_DATA": str(tmp_path),
        "HEARTH_PORT": "tcp://10.0.0.1:8096",
        "HEARTH_PORT_8096_TCP_ADDR": "10.0.0.1",
        "HEARTH_SERVICE_HOST": "10.0.0.1",
        "HEARTH_SERVICE_PORT_HTTP": "8096",
    }
    assert load(environment=environment).config.port == 8096


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# our house\n\nprot = 8096\n", r'hearth\.toml, line 3: "prot" is no setting\. Did you mean "port"\?'),
        ('host = "::"\nport = "8096"\n', r"hearth\.toml, line 2: port is wrong: Expected `int`, got `str`"),
        ("port = 70000\n", r"line 1: port is wrong: Expected `int` <= 65535"),
        ("[databse_url]\na = 1\n", r'line 1: "databse_url" is no setting\. Did you mean "database_url"\?'),
        ("port = \n", r"hearth\.toml is not valid TOML: .*line 1"),
        ('log_level = "loud"\n', r"line 1: log_level is wrong: Invalid enum value 'loud'"),
        ('\ntrusted_proxies = ["300.1.1.1"]\n', r"line 2: trusted_proxies is wrong"),
        ('database_url = "mysql://x"\n', r"line 1: database_url is wrong: it starts with postgres://"),
        ("[concurrency]\nscan = 0\n", r"line 1: concurrency is wrong"),
        ('data = "/elsewhere"\n', r"data cannot be set in a file that lies in the data folder"),
        ('[log_levels]\ningset = "debug"\n', r'line 1: log_levels is wrong: .*Did you mean "ingest"\?'),
        ('[log_levels]\ningest = "loud"\n', r"line 1: log_levels is wrong"),
        ('metrics_allow = ["everybody"]\n', r"line 1: metrics_allow is wrong"),
        ('otlp_endpoint = "grpc://x"\n', r"line 1: otlp_endpoint is wrong: it starts with http://"),
        ("otlp_sampling = 2\n", r"line 1: otlp_sampling is wrong"),
        ("zzzzzz = 1\n", r'line 1: "zzzzzz" is no setting\.$'),
    ],
)
def test_a_wrong_file_names_its_line(tmp_path: Path, text: str, wanted: str) -> None:
    write(tmp_path, text)
    with pytest.raises(Invalid, match=wanted):
        load({"data": tmp_path}, environment={})


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"HEARTH_PROT": "1"}, r"HEARTH_PROT is no setting\. Did you mean HEARTH_PORT\?"),
        ({"HEARTH_PORT": "many"}, r"HEARTH_PORT: port is wrong"),
        ({"HEARTH_CONCURRENCY": "scan"}, r"HEARTH_CONCURRENCY: concurrency is wrong: write it as queue=number"),
        ({"HEARTH_CONFIG": "/nowhere/hearth.toml"}, r"The settings file /nowhere/hearth\.toml does not exist"),
    ],
)
def test_a_wrong_environment_names_its_variable(tmp_path: Path, variables: dict[str, str], wanted: str) -> None:
    with pytest.raises(Invalid, match=wanted):
        load({"data": tmp_path}, environment=variables)


def test_a_named_file_may_set_the_data_folder(tmp_path: Path) -> None:
    path = write(tmp_path, f'data = "{tmp_path}/kept"\ncache = "{tmp_path}/lost"\n')
    config = load(file=path, environment={}).config
    assert (config.data, config.cache) == (tmp_path / "kept", tmp_path / "lost")


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    options = {
        "data": tmp_path,
        "database_url": "postgresql://hearth:CANARY@db.example/hearth?password=CANARY&sslmode=require",
        "cache_url": "rediss://:CANARY@cache.example:6380/1",
    }
    loaded = load(options, environment={})
    shown = {s.key: s.value for s in loaded.shown()}
    assert "CANARY" not in str(shown)
    assert shown["database_url"] == "postgresql://hearth:(hidden)@db.example/hearth?password=(hidden)&sslmode=require"
    assert shown["cache_url"] == "rediss://:(hidden)@cache.example:6380/1"
    assert loaded.config.database_url == options["database_url"]


def test_the_settings_cannot_change(tmp_path: Path) -> None:
    config = load({"data": tmp_path}, environment={}).config
    with pytest.raises(AttributeError):
        config.port = 1  # type: ignore[misc] # this is what must fail


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_data() == Path("/var/lib/hearth")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/.data")
    assert default_data() == Path("/home/ada/.data/hearth")
