"""Every mistake a user can make is one clear sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows import planning
from flows.command_line.cli import app
from tests.seaweed import Seaweed

runner = CliRunner()


def hoofbeat(*arguments: str | Path) -> Result:
    return runner.invoke(app, [str(each) for each in arguments])


def sentence(result: Result) -> str:
    """What a failed command said: one line, no traceback."""
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    said = result.stderr.strip()
    assert said and "Traceback" not in said
    assert len(said.splitlines()) == 1, said
    return said


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, no server, nothing of the machine's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("COLUMNS", "500")


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    said = sentence(hoofbeat("check", tmp_path / "nowhere.fountain"))
    assert "nowhere.fountain" in said


def test_an_empty_script_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.fountain").write_text("")
    assert "empty.fountain" in sentence(hoofbeat("produce", tmp_path / "empty.fountain"))


def test_what_is_wrong_with_a_script_is_told_before_weights_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "open_studio", unexpected)
    (tmp_path / "film.fountain").write_text("INT. HALL - DAY\n\n[[shot: sideways]]\nMIA waits.\n")
    said = sentence(hoofbeat("produce", tmp_path / "film.fountain"))
    assert "film.fountain:3" in said


def unexpected(*_: object) -> None:
    raise AssertionError("an engine was opened")


def test_a_folder_is_no_script(tmp_path: Path) -> None:
    assert str(tmp_path) in sentence(hoofbeat("produce", tmp_path))


def test_a_picture_is_no_script(tmp_path: Path) -> None:
    (tmp_path / "film.fountain").write_bytes(bytes(range(256)) * 8)
    assert "film.fountain" in sentence(hoofbeat("check", tmp_path / "film.fountain"))


def test_an_unknown_key_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "board.yaml").write_text("title: Tea\nslug: tea\nlanguage: en\nsceens: []\n")
    said = sentence(hoofbeat("check", tmp_path / "board.yaml"))
    assert "board.yaml:4:" in said
    assert "sceens" in said


def test_an_unknown_language_lists_the_seven(script: Path) -> None:
    said = sentence(hoofbeat("produce", script, "--languages", "en,tlh"))
    assert "'tlh'" in said
    assert "yue-Hant-HK" in said


def test_a_language_without_words_names_the_first_line(script: Path) -> None:
    said = sentence(hoofbeat("produce", script, "--languages", "ja"))
    assert "kettle.fountain:" in said
    assert "[[ja" in said


def test_an_unknown_aspect_lists_the_three(script: Path) -> None:
    assert "16:9" in sentence(hoofbeat("produce", script, "--aspect", "4:3"))


@pytest.mark.parametrize("option", ["--engine", "--gate", "--delivery"])
def test_an_unknown_name_lists_the_known(option: str, script: Path, tmp_path: Path) -> None:
    arguments = ("produce", script, option, "nosuch", "--store", tmp_path / "out")
    assert "known are" in sentence(hoofbeat(*arguments))
    assert not (tmp_path / "out" / "takes").exists()


@pytest.mark.parametrize(
    ("content", "why"), [(None, "no such file"), (b"not a picture", "no picture")]
)
def test_an_unreadable_picture_is_named(
    content: bytes | None, why: str, script: Path, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "anna.png").write_bytes(content)
    script.write_text(script.read_text().replace("shot: wide;", "shot: wide; ref: anna.png;"))
    said = sentence(hoofbeat("produce", script))
    assert "anna.png" in said
    assert why in said


def test_a_link_that_leads_out_of_the_folder_is_refused(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"private")
    (folder / "anna.png").symlink_to(tmp_path / "secret.png")
    text = script.read_text().replace("shot: wide;", "shot: wide; ref: anna.png;")
    (folder / "kettle.fountain").write_text(text)
    assert "leads out" in sentence(hoofbeat("check", folder / "kettle.fountain"))


@pytest.mark.parametrize("title", ["[/b] x", "../../etc", "<script>", "a" * 300, "电影 🎬"])
def test_no_title_breaks_the_plan(title: str, script: Path) -> None:
    script.write_text(script.read_text().replace("The Kettle", title))
    done = hoofbeat("check", script)
    assert done.exit_code == 0, done.output


def test_no_credentials_says_where_they_are_looked_for(script: Path) -> None:
    said = sentence(hoofbeat("produce", script, "--store", "s3://films/vault"))
    assert "AWS_ACCESS_KEY_ID" in said


def test_a_wrong_bucket_is_named(
    script: Path, s3_server: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    said = sentence(hoofbeat("produce", script, "--store", "s3://no-such-bucket/films"))
    assert "no-such-bucket" in said


def test_a_wrong_secret_is_said_and_never_shown(
    script: Path, s3_server: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-private")
    said = sentence(hoofbeat("produce", script, "--store", "s3://vault/films"))
    assert "wrong-and-private" not in said


def test_a_store_that_is_a_file_is_named(script: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = sentence(hoofbeat("produce", script, "--store", tmp_path / "file"))
    assert str(tmp_path / "file") in said


def test_a_prefect_server_that_does_not_answer_is_named(
    script: Path, small_engine: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    from tests.flows.runs import run

    environment |= {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    order = ["produce", script, "--engine", small_engine, "--store", tmp_path / "out"]
    done = run(order, environment)
    assert done.code == 2, done.said
    assert "http://127.0.0.1:9/api" in done.said
    assert "Traceback" not in done.said


def test_a_monthly_budget_that_is_no_number_breaks_nothing_that_spends_nothing(
    script: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    from tests.flows.runs import run

    environment |= {"HOOFBEAT_MONTH_BUDGET_SECONDS": "plenty"}
    assert run(["check", script], environment).code == 0
    done = run(["produce", script, "--store", tmp_path / "out"], environment)
    assert done.code == 2, done.said
    assert "HOOFBEAT_MONTH_BUDGET_SECONDS: 'plenty' is no number" in done.said
    assert "Traceback" not in done.said


def test_a_full_disk_is_said_and_what_was_made_is_kept(
    script: Path, small_engine: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    from tests.flows.runs import HOOFBEAT, LONGEST_S

    vault = tmp_path / "vault"
    vault.mkdir()
    mount = f"mount -t tmpfs -o size=400k none {vault}"
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True)
    if probe.returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk: " + probe.stderr.decode())
    order = ["produce", script, "--engine", small_engine, "--store", vault]
    command = f'{mount} && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command, "sh", *HOOFBEAT, *map(str, order)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert done.returncode == 1, done.stderr
    assert "full" in done.stderr or "No space" in done.stderr
    assert "Traceback" not in done.stderr
