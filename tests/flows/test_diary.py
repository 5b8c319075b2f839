"""Who makes a firing, when several could."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import OrderError
from flows.schedules.diary import Diary
from flows.schedules.schedule import read_schedules
from flows.settings import Settings
from storage import Store, open_store
from storyboard.campaign.files import KitError

THREE = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def vault(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "vault"))


def diary(vault: Store, *dead: str) -> Diary:
    return Diary(vault, "nightly", gone=lambda run: run in dead)


def test_a_run_has_the_turn_to_itself_until_it_ends(vault: Store) -> None:
    assert diary(vault).begin("one", THREE, THREE) == "go"
    assert diary(vault).begin("two", THREE + HOUR, THREE + HOUR) == "busy"
    diary(vault).end("one", "delivered", THREE + HOUR)
    assert diary(vault).begin("two", THREE + HOUR, THREE + HOUR) == "go"


def test_firings_that_a_later_run_has_covered_are_not_made(vault: Store) -> None:
    late = THREE + 5 * HOUR
    assert diary(vault).begin("one", THREE, late) == "go"
    diary(vault).end("one", "delivered", late)
    for hours in range(6):
        assert diary(vault).begin("two", THREE + hours * HOUR, late + HOUR) == "covered"
    assert diary(vault).begin("two", THREE + 6 * HOUR, THREE + 6 * HOUR) == "go"


def test_a_killed_run_does_not_keep_the_turn(vault: Store) -> None:
    diary(vault).begin("one", THREE, THREE)
    assert diary(vault, "one").begin("two", THREE + HOUR, THREE + HOUR) == "go"
    diary(vault).end("one", "delivered", THREE + HOUR)
    entry = diary(vault).read()
    assert entry is not None and entry.run == "two", "who was taken for dead ends nothing"


def test_of_many_servers_one_makes_the_firing(vault: Store) -> None:
    turns: list[str] = []

    def fire(name: str) -> None:
        turns.append(diary(vault).begin(name, THREE, THREE))

    threads = [threading.Thread(target=fire, args=(f"run {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert turns.count("go") == 1


FILE = """schedules:
  - name: nightly
    cron: "0 3 * * 1-5"
    timezone: Europe/Berlin
    order:
      script: kettle.fountain
      languages: [en, de]
      engine: small.yaml
      store: vault
      budget: {money: 20USD}
    webhook:
      url: https://example.com/hook
      secret: env:HOOK_SECRET
"""


def test_a_schedule_is_an_order_with_a_clock(script: Path) -> None:
    path = script.with_name("schedules.yaml")
    path.write_text(FILE)
    (found,) = read_schedules(path, Settings())
    assert found.work.languages == ("en", "de-DE")
    assert found.work.script == script
    assert found.work.engine == str(script.with_name("small.yaml"))
    assert found.work.store == str(script.with_name("vault"))
    assert str(found.work.budget) == "20.00 USD"
    assert (found.catch_up, found.overlap) == ("once", "skip")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"0 3 * * 1-5"', '"61 3 * * *"', "yaml:3: error"),
        ('"0 3 * * 1-5"', '"* * * * * *"', "not five fields"),
        ("Europe/Berlin", "Europe/Atlantis", "yaml:4: error.*no time zone"),
        ("name: nightly", "name: ../x", "yaml:2: error: `schedules.0.name`"),
        ("kettle.fountain", "nothing.fountain", "there is no"),
        ("languages: [en, de]", "languages: [en, elvish]", "yaml:5: error.*elvish"),
        ("money: 20USD", "money: plenty", "yaml:10: error.*20EUR"),
        ("secret: env:HOOK_SECRET", "secret: whsec_abcdef", "yaml:13: error"),
        ("order:", "ordre:", "unknown key"),
    ],
)
def test_a_mistake_in_the_file_is_told_by_its_line(
    script: Path, right: str, wrong: str, said: str
) -> None:
    path = script.with_name("schedules.yaml")
    assert right in FILE
    path.write_text(FILE.replace(right, wrong))
    with pytest.raises((KitError, OrderError), match=said) as refused:
        read_schedules(path, Settings())
    assert "whsec_abcdef" not in str(refused.value), "no secret is repeated"


def test_a_schedule_may_run_a_sheet_in_place_of_a_script(script: Path) -> None:
    path = script.with_name("schedules.yaml")
    script.with_name("spring.csv").write_text("product;price\nLamp;20 EUR\n")
    campaign = FILE.replace("order:", "campaign:").replace("kettle.fountain", "spring.csv")
    path.write_text(campaign.replace("languages: [en, de]", "seconds: 6"))
    (found,) = read_schedules(path, Settings())
    assert found.campaign is not None and found.campaign.seconds == 6
    assert found.work.script == script.with_name("spring.csv")
    again = type(found).model_validate(found.model_dump(mode="json"))
    assert again == found, "Prefect keeps it as JSON"


@pytest.mark.parametrize(
    "written", ['"approved,de=machine"', "{otherwise: approved, languages: {de: machine}}"]
)
def test_a_schedule_says_what_may_be_spoken_as_a_person_types_it(
    written: str, script: Path
) -> None:
    path = script.with_name("schedules.yaml")
    path.write_text(FILE.replace("      store:", f"      translations: {written}\n      store:"))
    (found,) = read_schedules(path, Settings())
    assert found.work.translations.demand("de-DE") == "machine"
    assert found.work.translations.demand("ja-JP") == "approved"
    path.write_text(FILE.replace("      store:", "      translations: any\n      store:"))
    with pytest.raises(KitError, match=r"yaml:9: error.*known are given"):
        read_schedules(path, Settings())


def test_results_of_a_scheduled_sheet_lie_where_the_file_says(script: Path) -> None:
    path = script.with_name("schedules.yaml")
    script.with_name("spring.csv").write_text("product\nLamp\n")
    campaign = FILE.replace("order:", "campaign:").replace("kettle.fountain", "spring.csv")
    path.write_text(campaign.replace("languages: [en, de]", "results: told/r.csv"))
    (found,) = read_schedules(path, Settings())
    assert found.campaign is not None
    assert found.campaign.results_file == script.with_name("told") / "r.csv"


@pytest.mark.parametrize(
    ("variable", "of_a_script", "of_a_sheet"),
    [(None, "foal", "animatic"), ("magihuman-distill", "magihuman-distill", "magihuman-distill")],
)
def test_an_order_that_names_no_engine_takes_the_one_of_the_settings(
    script: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    of_a_script: str,
    of_a_sheet: str,
) -> None:
    monkeypatch.delenv("HOOFBEAT_ENGINE", raising=False)
    if variable:
        monkeypatch.setenv("HOOFBEAT_ENGINE", variable)
    path = script.with_name("schedules.yaml")
    plain = FILE.replace("      engine: small.yaml\n", "")
    path.write_text(plain)
    assert read_schedules(path, Settings())[0].work.engine == of_a_script
    script.with_name("spring.csv").write_text("product\nLamp\n")
    sheet = plain.replace("order:", "campaign:").replace("kettle.fountain", "spring.csv")
    path.write_text(sheet.replace("languages: [en, de]", "seconds: 6"))
    assert read_schedules(path, Settings())[0].work.engine == of_a_sheet


@pytest.mark.parametrize("said", [None, "s3://films/spring", "shelf"])
def test_an_order_that_names_no_store_or_prices_takes_those_of_the_settings(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str | None
) -> None:
    monkeypatch.delenv("HOOFBEAT_STORE", raising=False)
    here = tmp_path / "where serve is started"
    here.mkdir()
    monkeypatch.chdir(here)
    path = script.with_name("schedules.yaml")
    path.write_text(FILE.replace("      store: vault\n", ""))
    if said:
        monkeypatch.setenv("HOOFBEAT_STORE", said)
        monkeypatch.setenv("HOOFBEAT_PRICES", "ours.yaml")
    expected = {None: str(script.with_name("out")), "shelf": str(here / "shelf")}
    (found,) = read_schedules(path, Settings())
    assert found.work.store == expected.get(said, said)
    assert found.work.prices == (str(here / "ours.yaml") if said else "default")
    path.write_text(FILE.replace("store: vault", "store: vault\n      prices: default"))
    (found,) = read_schedules(path, Settings())
    assert (found.work.store, found.work.prices) == (str(script.with_name("vault")), "default")


def test_a_schedule_makes_one_thing(script: Path) -> None:
    path = script.with_name("schedules.yaml")
    path.write_text(FILE + "    campaign: {script: kettle.fountain}\n")
    with pytest.raises(KitError, match="and not both"):
        read_schedules(path, Settings())
