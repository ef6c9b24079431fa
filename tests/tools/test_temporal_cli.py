from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tools import temporal_cli
from tools.progress import SetupError

NEW_ENOUGH = "temporal version 1.9.1 (Server 1.32.0, UI 2.51.0)"
TOO_OLD = "temporal version 1.7.3 (Server 1.31.2, UI 2.49.1)"


def cli(folder: Path, says: str) -> Path:
    """A program that answers `--version` as a CLI of that version does."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "temporal"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def built(cache: Path) -> Path:
    return cache / hashlib.sha256((temporal_cli.GO_MODULE / "go.sum").read_bytes()).hexdigest()[:16]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own, and nothing on PATH but the shell's tools."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TEMPORAL_CLI", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path / "cache" / "chairflow" / "temporal"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The download's host can't be reached: nothing listens on port 9 of this machine."""
    monkeypatch.setattr(temporal_cli, "DOWNLOAD_HOST", "https://127.0.0.1:9")


def test_nothing_is_found_on_a_bare_machine(cache: Path) -> None:
    assert temporal_cli.find() is None


def test_the_named_cli_wins(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli(built(cache), NEW_ENOUGH)
    named = cli(tmp_path / "mine", NEW_ENOUGH)
    monkeypatch.setenv("TEMPORAL_CLI", str(named))

    assert temporal_cli.find() == named


def test_a_named_cli_that_is_too_old_is_refused_with_the_way_out(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = cli(tmp_path / "mine", TOO_OLD)
    monkeypatch.setenv("TEMPORAL_CLI", str(named))

    with pytest.raises(
        SetupError, match=r"no Temporal CLI with server >= 1\.32: unset it, or put Temporal CLI >= 1\.9"
    ):
        temporal_cli.find()


def test_an_old_cli_on_path_is_passed_over(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = cli(tmp_path / "old", TOO_OLD)
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    kept = cli(built(cache), NEW_ENOUGH)

    assert temporal_cli.find() == kept


def test_the_official_download_is_preferred_to_a_build(cache: Path) -> None:
    cli(built(cache), NEW_ENOUGH)
    official = cli(cache / f"official-{temporal_cli.DOWNLOAD_VERSION}", NEW_ENOUGH)

    assert temporal_cli.find() == official


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        (NEW_ENOUGH, True),
        ("temporal version 2.0.0 (Server 2.0.0, UI 3.0.0)", True),
        (TOO_OLD, False),
        ("temporal version 1.9.1", False),
        ("not a version at all", False),
    ],
)
def test_only_a_server_that_skips_time_will_do(tmp_path: Path, says: str, verdict: bool) -> None:
    assert temporal_cli.is_new_enough(cli(tmp_path, says)) is verdict


def test_a_cli_that_is_not_there_will_not_do(tmp_path: Path) -> None:
    assert not temporal_cli.is_new_enough(tmp_path / "temporal")


@pytest.mark.usefixtures("offline")
def test_without_network_and_go_the_way_out_is_one_line(cache: Path) -> None:
    with pytest.raises(SetupError) as refused:
        temporal_cli.obtain(Path("python"))

    said = str(refused.value)
    assert "\n" not in said
    assert "127.0.0.1:9 can't be reached" in said
    assert "there is no Go to build it with; install Go, or put Temporal CLI >= 1.9 on PATH" in said


@pytest.mark.usefixtures("offline")
def test_without_network_go_builds_once_for_this_user(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go" / "go"
    go.parent.mkdir()
    # Stands in for the compiler: notes that it ran, and leaves a CLI where `-o` says.
    go.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/runs\n'
        f'while [ "$1" != -o ]; do shift; done\nprintf \'#!/bin/sh\\necho "{NEW_ENOUGH}"\\n\' > "$2"; chmod +x "$2"\n'
    )
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")

    first, second = temporal_cli.obtain(Path("python")), temporal_cli.obtain(Path("python"))

    assert first == second == built(cache) / "temporal"
    assert sorted(path.name for path in built(cache).iterdir()) == ["temporal"]
    (run,) = (tmp_path / "runs").read_text().splitlines()
    assert run.startswith("build -trimpath -ldflags -s -w -X github.com/temporalio/cli/internal/temporalcli.Version=")


def test_a_cache_that_can_t_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(SetupError, match="set XDG_CACHE_HOME to a folder you may write"):
        temporal_cli.obtain(Path("python"))
