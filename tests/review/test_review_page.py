"""The review page in a real browser, over a real server: people decide, also two at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows import vault
from flows.dailies.dailies import find_sheet
from flows.settings import Settings
from tests.review.browser import Tab, another_person
from tests.review.screening import (
    LINES,
    PLACE,
    SLUG,
    VERSION,
    decisions,
    key_of,
    put_sheet,
    serving,
)
from tests.review.test_page import HOSTILE, wait

pytestmark = pytest.mark.browser

EN, JA = key_of("lamp-02 en 0"), key_of("lamp-02 ja-JP 0")
DESK = "document.querySelector('#desk')"


@dataclass(frozen=True)
class Room:
    """A tab with the page of a production that waits for people."""

    tab: Tab
    url: str
    vault: Path
    home: Path

    def enter(self, tab: Tab | None = None, *, name: str = "Anna") -> Tab:
        tab = tab or self.tab
        tab.open(self.url + PLACE)
        tab.ask(f"localStorage.setItem('reviewer', {name!r}); reviewer.value = {name!r}")
        return tab

    def held(self, shot: str = "lamp-02", language: str | None = "en") -> list[tuple[object, ...]]:
        found = decisions(self.vault, shot, language)
        return [(each["kind"], each["attempt"], each["by"]) for each in found]


@pytest.fixture
def room(tab: Tab, tmp_path: Path, waiting_vault: Path) -> Iterator[Room]:
    shutil.copytree(waiting_vault, tmp_path / "vault")
    tab.complaints.clear()
    tab.window(1440, 900)
    with serving(tmp_path / "vault", tmp_path / "home") as (url, _):
        yield Room(tab=tab, url=url, vault=tmp_path / "vault", home=tmp_path / "home")
        tab.open("about:blank")
    assert tab.complaints == []


def look_at(tab: Tab, job: str) -> None:
    tab.ask(f"open({job!r})")
    wait(tab, f"{DESK}.querySelector('.shot')?.dataset.job === {job!r}")


def standing(tab: Tab, job: str) -> str:
    return str(tab.ask(f"cardOf({job!r}).dataset.standing"))


def press(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.press(key, text=key)


def test_keys_alone_go_through_what_waits_and_approve_another_take(room: Room) -> None:
    tab = room.enter()
    visible = "visible().map(card => card.dataset.job)"
    assert tab.ask(visible) == [EN, JA, key_of("cliff-01 ja-JP 0")], "what wants a person first"
    press(tab, "j")
    wait(tab, f"{DESK}.querySelector('.take.picked')?.dataset.number === '2'")
    assert tab.ask(f"{DESK}.querySelectorAll('video').length") == 3, "side by side"
    wait(tab, f"{DESK}.querySelector('video').readyState >= 1")
    press(tab, "1")
    assert tab.ask(f"{DESK}.querySelector('.evidence:not([hidden])').dataset.of") == EN
    assert "black is 0.2 of frames, doubtful" in tab.ask(f"{DESK}.innerText")
    marked = "all('.evidence:not([hidden]) .heard :is(del, ins)', desk).map(each => each.outerHTML)"
    assert tab.ask(marked) == ["<del>this</del>", "<ins>the</ins>"], "beside what was written"
    press(tab, "a")
    wait(tab, f"{DESK}.querySelector('.shot')?.dataset.job === {JA!r}")
    assert room.held() == [("approve", 0, "Anna")]
    assert standing(tab, EN) == "approved"
    press(tab, "k", "k")
    tab.ask("one('input[name=show][value=all]').click()")
    assert tab.ask("visible().length") == 6
    look_at(tab, EN)
    assert "Anna approved take 1" in tab.ask(f"{DESK}.innerText")
    press(tab, "u")
    wait(tab, f"cardOf({EN!r}).dataset.standing === 'waiting'")
    assert room.held() == [("approve", 0, "Anna"), ("undo", 0, "Anna")]


def test_a_retry_keeps_its_note_and_asks_for_the_attempts_nobody_saw(room: Room) -> None:
    tab = room.enter()
    look_at(tab, EN)
    press(tab, "r")
    wait(tab, "document.activeElement.matches('.noting textarea')")
    press(tab, "a", "x")
    assert room.held() == [], "keys are words while one writes"
    tab.ask(f"document.activeElement.value = {HOSTILE!r}")
    tab.ask("one('.noting').requestSubmit()")
    wait(tab, f"cardOf({EN!r}).dataset.standing === 'to be remade'")
    (kept,) = decisions(room.vault, "lamp-02", "en")
    assert (kept["kind"], kept["note"], kept["next_attempt"]) == ("retry", HOSTILE, 3)
    look_at(tab, EN)
    assert HOSTILE in tab.ask(f"{DESK}.querySelector('.history q').textContent")
    assert tab.ask("document.title") == "Still in Use: dailies"


def test_the_shot_asked_for_last_is_shown_however_late_another_comes(room: Room) -> None:
    tab = room.enter()
    late = "new Promise(done => setTimeout(done, 300))"
    tab.ask(
        "{ const real = fetch; window.fetch = async (url, how) => { const answer = await "
        f"real(url, how); if (url.endsWith({JA!r})) await {late}; return answer; }} }}"
    )
    tab.ask(f"Promise.all([open({JA!r}), open({EN!r})])")
    assert tab.ask(f"{DESK}.querySelector('.shot').dataset.job") == EN
    tab.ask(f"pick(one('.take', {DESK})), Promise.all([decide('approve'), open({EN!r})])")
    assert tab.ask(f"{DESK}.querySelector('.shot').dataset.job") == EN, "nobody is led away"
    assert standing(tab, EN) == "approved"


def test_a_shot_is_rejected_with_a_note(room: Room) -> None:
    tab = room.enter()
    look_at(tab, JA)
    press(tab, "x")
    wait(tab, "document.activeElement.matches('.noting textarea')")
    tab.ask("document.activeElement.value = 'wrong coat'; one('.noting').requestSubmit()")
    wait(tab, f"cardOf({JA!r}).dataset.standing === 'rejected'")
    (kept,) = decisions(room.vault, "lamp-02", "ja-JP")
    assert (kept["kind"], kept["note"], kept["by"]) == ("reject", "wrong coat", "Anna")
    assert kept["preview"], "what was looked at is on record"


def test_of_two_people_at_once_the_second_is_told_who_was_first(room: Room) -> None:
    anna = room.enter()
    look_at(anna, EN)
    with another_person(anna) as ben:
        ben.window(1440, 900)
        room.enter(ben, name="Ben")
        look_at(ben, EN)
        press(anna, "a")
        wait(anna, f"cardOf({EN!r}).dataset.standing === 'approved'")
        press(ben, "x")
        ben.ask("one('.noting textarea').value = 'too dark'; one('.noting').requestSubmit()")
        conflict = f"{DESK}.querySelector('.conflict')"
        wait(ben, f"!{conflict}?.hidden && {conflict}?.textContent.includes('Anna')")
        assert "Anna approved a take of this shot at" in ben.ask(f"{conflict}.textContent")
        assert ben.ask("one('.noting textarea').value") == "too dark", "the note is not lost"
        assert room.held() == [("approve", 1, "Anna")]
        assert standing(ben, EN) == "approved"
        ben.ask("ask('reject'); one('.noting').requestSubmit()")
        wait(ben, f"cardOf({EN!r}).dataset.standing === 'rejected'")
        assert room.held() == [("approve", 1, "Anna"), ("reject", 1, "Ben")]
        # Anna's page hears of it without being asked anything.
        wait(anna, f"cardOf({EN!r}).dataset.standing === 'rejected'")
        complaints = [each for each in ben.complaints if "409" not in each]
        assert complaints == []


def test_what_was_decided_is_there_after_the_server_was_started_anew(
    tab: Tab, tmp_path: Path, waiting_vault: Path
) -> None:
    vault_, home = tmp_path / "vault", tmp_path / "home"
    shutil.copytree(waiting_vault, vault_)
    tab.window(1440, 900)
    with serving(vault_, home) as (url, _):
        room = Room(tab=tab, url=url, vault=vault_, home=home)
        room.enter()
        look_at(tab, EN)
        press(tab, "a")
        wait(tab, f"cardOf({EN!r}).dataset.standing === 'approved'")
        port = int(url.rpartition(":")[2])
    wait(tab, "refresh().then(() => false, () => true)")
    with serving(vault_, home, port=port):
        # The page that was open goes on, and so does one that is opened now.
        wait(tab, "refresh().then(() => true, () => false)")
        look_at(tab, EN)
        press(tab, "u")
        wait(tab, f"cardOf({EN!r}).dataset.standing === 'waiting'")
        room.enter()
        tab.ask("one('input[name=show][value=all]').click()")
        assert standing(tab, EN) == "waiting"
        tab.open("about:blank")
    assert [each[0] for each in room.held()] == ["approve", "undo"]


def test_new_words_for_a_line_are_kept_as_a_decision(room: Room) -> None:
    tab = room.enter()
    look_at(tab, JA)
    assert LINES["en"] in tab.ask(f"{DESK}.querySelector('.original').textContent")
    press(tab, "e")
    wait(tab, "document.activeElement.matches('.editing textarea')")
    tab.ask("document.activeElement.value = '今夜、灯を消す。'")
    tab.ask("document.activeElement.form.requestSubmit()")
    wait(tab, f"cardOf({JA!r}).dataset.standing === 'to be remade'")
    assert standing(tab, EN) == "waiting", "the line in another language is not touched"
    wait(tab, f"{DESK}.querySelector('.pending')?.textContent.includes('今夜、灯を消す。')")
    (path,) = (room.vault / "productions" / SLUG / "lines").rglob("*.json")
    assert LINES["ja-JP"] in path.read_text("utf-8"), "it says what it stands in place of"


def test_everything_is_reached_with_a_thumb(room: Room) -> None:
    tab = room.tab
    tab.window(390, 844)
    room.enter()
    assert tab.ask("document.documentElement.scrollWidth") <= 390
    tab.ask("one('.card:not([hidden]) .still').click()")
    wait(tab, f"{DESK}.querySelector('.shot')")
    box = f"{DESK}.getBoundingClientRect()"
    assert tab.ask(f"[{box}.width, {box}.height]") == [390, 844]
    seen = "getBoundingClientRect().bottom <= innerHeight"
    assert tab.ask(f"all('.acts .act', desk).every(each => each.{seen})")
    assert tab.ask("all('.acts .act', desk).every(each => each.offsetHeight >= 44)")
    assert tab.ask("document.documentElement.scrollWidth") <= 390
    tab.ask(f"{DESK}.querySelector('[data-do=approve]').click()")
    wait(tab, f"{DESK}.querySelector('.shot')?.dataset.job === {JA!r}")
    assert room.held() == [("approve", 1, "Anna")]
    tab.ask(f"{DESK}.querySelector('[data-do=close]').click()")
    assert tab.ask(f"{DESK}.hidden")


@pytest.mark.parametrize("width", [320, 768, 1024, 2200])
def test_nothing_is_wider_than_the_window(room: Room, width: int) -> None:
    tab = room.tab
    tab.window(width, 844)
    room.enter()
    tab.ask("one('input[name=show][value=all]').click()")
    assert tab.ask("document.documentElement.scrollWidth") <= width
    look_at(tab, EN)
    assert tab.ask("document.documentElement.scrollWidth") <= width
    assert tab.ask(f"{DESK}.scrollWidth <= {DESK}.clientWidth")


def test_the_page_follows_a_run_that_goes_on(room: Room) -> None:
    tab = room.enter()
    tab.ask("one('input[name=show][value=all]').click()")
    planned = key_of("cliff-02 None 0")
    assert standing(tab, planned) == "in work"
    look_at(tab, EN)
    with vault.open_vault(str(room.vault), Settings(home=room.home)) as kept:
        sheet = find_sheet(kept, SLUG, VERSION)
        assert sheet is not None
        done = sheet.shots[0]
        put_sheet(
            kept,
            [
                shot.model_copy(update={"stage": "passed", "takes": done.takes, "kept": done.kept})
                if shot.job == planned
                else shot
                for shot in sheet.shots
            ],
        )
    wait(tab, f"cardOf({planned!r}).dataset.standing === 'passed'")
    assert "6 of 6 shots chosen" in tab.ask("one('#progress').textContent")
    assert tab.ask(f"{DESK}.querySelector('.shot').dataset.job") == EN, "nobody is interrupted"


def test_a_link_lets_its_guest_in_and_nobody_else(
    tab: Tab, tmp_path: Path, waiting_vault: Path
) -> None:
    from review.safety import invite

    guests = invite("a secret that nobody guesses", ["Ben"])
    (token,) = guests.tokens
    with serving(waiting_vault, tmp_path / "home", guests) as (url, _), another_person(tab) as ben:
        ben.window(1440, 900)
        ben.open(url + PLACE)
        assert ben.ask("location.pathname") == "/login"
        ben.open(f"{url}/login#{token[:-1]}")
        wait(ben, "document.querySelector('.message')?.textContent.includes('not known')")
        ben.open(f"{url}/login#{token}")
        wait(ben, "location.pathname === '/' && document.querySelector('.production')")
        ben.open(url + PLACE)
        assert ben.ask("reviewer.value") == "Ben"
        assert ben.ask("document.cookie") == ""
        sent = [asked for asked in ben.asked if token in asked.partition("#")[0]]
        assert sent == [], "the token is in no address that a server or proxy sees"
