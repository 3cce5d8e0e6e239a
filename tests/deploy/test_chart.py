"""The chart for Kubernetes: what helm makes of its values. No cluster runs here: that is read and never started."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hearth import __version__
from hearth.config import load

CHART = Path(__file__).parents[2] / "deploy" / "chart"
FULL: dict[str, Any] = {
    "settings": {"HEARTH_PUBLIC_URL": "https://media.example.org", "HEARTH_TRUSTED_PROXIES": "10.0.0.0/8"},
    "media": {"films": {"nfs": {"server": "nas.example.org", "path": "/films"}}},
    "backups": {"hostPath": {"path": "/srv/backups", "type": "Directory"}},
    "pullSecrets": [{"name": "registry"}],
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "media-tls", "annotations": {"a": "b"}},
    "data": {"storageClass": "fast"},
    "nodeSelector": {"disk": "near"},
}
_HELM = shutil.which("helm")
needs_helm = pytest.mark.skipif(
    _HELM is None, reason="helm is not on this machine: go install helm.sh/helm/v3/cmd/helm"
)


def helm(*arguments: str, values: dict[str, Any] | None = None) -> str:
    done = subprocess.run(
        [str(_HELM), *arguments, "--values", "-"],
        input=yaml.safe_dump(values or {}), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rendered(values: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    made = helm("template", "home", str(CHART), "--kube-version", "1.31.0", values=values)
    return {one["kind"]: one for one in yaml.safe_load_all(made) if one}


def test_it_is_for_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_the_settings_that_it_shows_are_settings() -> None:
    shown = [
        line.strip("# ") for line in (CHART / "values.yaml").read_text().splitlines() if line.startswith("#  HEARTH_")
    ]
    assert shown
    load({}, environment=dict(line.split(": ", 1) for line in shown))


@needs_helm
@pytest.mark.parametrize("values", [{}, FULL], ids=["as it is", "with everything"])
def test_helm_finds_nothing(values: dict[str, Any]) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), values=values)


@needs_helm
def test_one_server_that_is_not_root_and_says_how_it_is() -> None:
    made = rendered()
    assert set(made) == {"StatefulSet", "Service"}
    spec = made["StatefulSet"]["spec"]
    pod = spec["template"]["spec"]
    (hearth,) = pod["containers"]
    assert spec["replicas"] == 1, "its PostgreSQL lives in its folder"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert hearth["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert {key: hearth[f"{key}Probe"]["httpGet"]["path"] for key in ("startup", "liveness", "readiness")} == {
        "startup": "/health/startup", "liveness": "/health/live", "readiness": "/health/ready",
    }  # fmt: skip
    assert pod["terminationGracePeriodSeconds"] > 25, "plays and jobs may finish"
    assert hearth["image"] == f"hearth:{__version__}"
    selector = made["Service"]["spec"]["selector"]
    assert selector == spec["selector"]["matchLabels"]
    assert selector.items() <= spec["template"]["metadata"]["labels"].items()


@needs_helm
def test_media_backups_settings_and_the_way_in() -> None:
    made = rendered(FULL)
    pod = made["StatefulSet"]["spec"]["template"]["spec"]
    (hearth,) = pod["containers"]
    mounts = {one["mountPath"]: one for one in hearth["volumeMounts"]}
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert mounts["/media/films"]["readOnly"] is True
    assert volumes[mounts["/media/films"]["name"]]["nfs"]["path"] == "/films"
    assert volumes[mounts["/backups"]["name"]]["hostPath"]["path"] == "/srv/backups"
    environment = {one["name"]: one["value"] for one in hearth["env"]}
    assert environment == {"HEARTH_BACKUP_DIR": "/backups", **FULL["settings"]}
    load({}, environment=environment)
    (claim,) = made["StatefulSet"]["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "fast"
    ingress = made["Ingress"]["spec"]
    assert ingress["tls"] == [{"secretName": "media-tls", "hosts": ["media.example.org"]}]
    (rule,) = ingress["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": made["Service"]["metadata"]["name"], "port": {"name": "http"}}
