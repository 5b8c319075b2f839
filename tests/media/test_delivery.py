from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from media.delivery import load_delivery
from media.errors import DeliveryError

SOCIAL = Path(str(files("configs"))) / "deliveries" / "social.yaml"


@pytest.mark.parametrize(("name", "loudness"), [("social", -14), ("web", -16), ("broadcast", -23)])
def test_the_houses_deliveries_are_found_by_name(name: str, loudness: float) -> None:
    delivery = load_delivery(name)
    assert delivery.name == name
    assert delivery.integrated_lufs == loudness
    assert set(delivery.captions) == {"9:16", "16:9", "1:1"}


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(DeliveryError, match="known are broadcast, social, web"):
        load_delivery("cinema")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("true_peak_dbtp:", "true_peek:"), "true_peek: extra"),
        (("-14", "loud"), "integrated_lufs: .*number"),
        (("baseline: 0.62", "baseline: 62"), r"captions\.9:16\.baseline: "),
        (("name: social", "name: [social"), "not YAML: .*"),
        (("name: social", "name: so\x07cial"), r"the character '\\x07' cannot stand"),
        (("checked: 2026", "checked: 2026-22-11 #"), "checked: .*valid date"),
        (("sound_kbps: 192\n", ""), "sound_kbps: field required"),
    ],
)
def test_a_mistake_is_said_with_its_key(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = tmp_path / "mine.yaml"
    text = SOCIAL.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(DeliveryError, match=rf"mine\.yaml:\d+: {words}"):
        load_delivery(path)


def test_a_mistake_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SOCIAL.read_text() + "colour: red\n")
    with pytest.raises(DeliveryError, match=f":{len(path.read_text().splitlines())}: colour"):
        load_delivery(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"gone\.yaml:1: there is no such file"):
        load_delivery(tmp_path / "gone.yaml")


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    with pytest.raises(
        DeliveryError, match=r"^.*picture\.yaml:1: .*not UTF-8 text; save it as UTF-8$"
    ):
        load_delivery(path)
