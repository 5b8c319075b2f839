"""The result page: what it says, that it harms nobody, and that it works in a real browser."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from review.errors import PageError
from review.page import PageFile, ProductionPage, render_page
from tests.review.browser import Tab
from tests.review.production import WORDS

HOSTILE = (
    "</script><script>document.title='taken'</script>"
    "<img src=x onerror=\"document.title='taken'\">'\"--> {{ 7*7 }}"
)


class Outline(HTMLParser):
    """Every tag with its attributes, and the text of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += f"{data} "


def hostile(page: ProductionPage) -> ProductionPage:
    """The same production with every text of a user's turned against the reader."""
    cuts = []
    for cut in page.cuts:
        scenes = []
        for scene in cut.scenes:
            shots = tuple(
                shot.model_copy(
                    update={
                        "id": HOSTILE,
                        "action": HOSTILE,
                        "framing": HOSTILE,
                        "notes": (HOSTILE,),
                        "lines": tuple(
                            line.model_copy(
                                update={"text": HOSTILE, "speaker": HOSTILE, "delivery": HOSTILE}
                            )
                            for line in shot.lines
                        ),
                    }
                )
                for shot in scene.shots
            )
            scenes.append(scene.model_copy(update={"heading": HOSTILE, "shots": shots}))
        captions = tuple(each.model_copy(update={"text": HOSTILE}) for each in cut.captions)
        files = tuple(each.model_copy(update={"label": HOSTILE}) for each in cut.files)
        cuts.append(
            cut.model_copy(
                update={
                    "scenes": tuple(scenes),
                    "captions": captions,
                    "files": files,
                    "language_name": HOSTILE,
                }
            )
        )
    changes = {
        "title": HOSTILE,
        "logline": HOSTILE,
        "credits": {HOSTILE: HOSTILE},
        "notice": HOSTILE,
        "engine": HOSTILE,
        "version": HOSTILE,
        "cuts": tuple(cuts),
    }
    return page.model_copy(update=changes)


def test_the_same_production_makes_the_same_page(production: tuple[Path, ProductionPage]) -> None:
    folder, page = production
    assert render_page(page) == (folder / "index.html").read_text("utf-8")
    assert ProductionPage.model_validate_json(page.model_dump_json()) == page


def test_the_page_says_all_it_is_given(production: tuple[Path, ProductionPage]) -> None:
    _, page = production
    words = Outline(render_page(page)).words
    for cut in page.cuts:
        for scene in cut.scenes:
            assert scene.heading in words
            for shot in scene.shots:
                assert {shot.id, shot.framing} <= set(words.split())
                assert shot.action in words
                assert all(line.text in words for line in shot.lines)
    for said in (page.title, page.logline, page.notice, page.engine, page.version):
        assert said in words
    assert "black is 0.2 of frames, doubtful" in words
    assert "speech_level is -70 dBFS, retry" in words
    assert "Kept after 2 previews." in words
    assert "speech sped up by 8 %" in words


def test_a_hostile_script_stays_words(production: tuple[Path, ProductionPage]) -> None:
    """Escaping must hold in text, in attributes and in captions."""
    _, page = production
    plain, bad = Outline(render_page(page)), Outline(render_page(hostile(page)))
    assert [tag for tag, _ in bad.tags if tag in ("script", "img", "style")] == [
        tag for tag, _ in plain.tags if tag in ("script", "img", "style")
    ]
    assert not [a for _, attrs in bad.tags for a in attrs if a.startswith("on")]
    assert "{{ 7*7 }}" in bad.words


def test_every_link_leads_beside_the_page(production: tuple[Path, ProductionPage]) -> None:
    folder, page = production
    links = [
        attrs[name]
        for _, attrs in Outline(render_page(page)).tags
        for name in ("src", "href", "poster")
        if attrs.get(name)
    ]
    assert len(links) > 40
    for link in links:
        assert link is not None
        media = link.startswith("data:") or link.endswith((".vtt", ".srt", ".otio"))
        assert media or (folder / link).is_file(), link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "https://example.com/film.mp4",
        "//example.com/film.mp4",
        "/etc/passwd",
        "../../takes/secret.mp4",
        "a/../../secret",
        "data:text/html;base64,AAAA",
        "",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="beside the page"):
        PageFile(label="Film", href=link, size=1)


def test_a_file_name_with_odd_characters_is_still_found(
    production: tuple[Path, ProductionPage],
) -> None:
    _, page = production
    odd = page.cuts[0].model_copy(update={"video": "en/50% #1? 電影.mp4"})
    html = render_page(page.model_copy(update={"cuts": (odd,)}))
    assert 'src="en/50%25%20%231%3F%20%E9%9B%BB%E5%BD%B1.mp4"' in html


def test_a_production_without_a_film_has_no_page(production: tuple[Path, ProductionPage]) -> None:
    _, page = production
    with pytest.raises(PageError, match="no finished cut"):
        render_page(page.model_copy(update={"cuts": ()}))


def wait(tab: Tab, condition: str) -> None:
    """Until the page, or the one it leads to, finds `condition` true; fifteen seconds at most."""
    last, why = time.monotonic() + 15, None
    while time.monotonic() < last:
        try:
            if tab.ask(f"(async () => Boolean(await ({condition})))()"):
                return
        except AssertionError as error:  # between two pages there is nothing to ask
            why = error
        time.sleep(0.03)
    raise AssertionError(condition) from why


@pytest.fixture
def opened(tab: Tab, production: tuple[Path, ProductionPage]) -> Tab:
    """The page as a person opens it from a disk, on a laptop."""
    tab.asked.clear()
    tab.complaints.clear()
    tab.window(1440, 900)
    tab.open(production[0] / "index.html")
    wait(tab, "document.querySelector('video').readyState >= 1")
    return tab


@pytest.mark.browser
def test_captions_show_when_the_page_is_opened_from_a_disk(opened: Tab) -> None:
    track = "document.querySelector('track').track"
    wait(opened, f"{track}.cues?.length")
    assert opened.ask(f"{track}.mode") == "showing"
    said = opened.ask(f"[...{track}.cues].map(c => c.text.replaceAll('\\n', ' ')).join(' ')")
    assert said == " ".join(WORDS["en"])


@pytest.mark.browser
def test_the_page_asks_nobody_for_anything(opened: Tab) -> None:
    assert opened.asked, "the browser reports what it loads"
    foreign = [url for url in opened.asked if not url.startswith(("file:", "data:"))]
    assert foreign == []
    assert opened.complaints == []


@pytest.mark.browser
def test_pressing_a_line_or_a_shot_takes_the_player_there(opened: Tab) -> None:
    video = "document.querySelector('video')"
    opened.ask("document.querySelectorAll('.speech .at')[1].click()")
    wait(opened, f"Math.abs({video}.currentTime - 8.5) < 0.6 && !{video}.paused")
    wait(opened, "document.querySelector('.speech.on .words')?.innerText.startsWith('Then you')")
    assert opened.ask("document.querySelector('.frame.on').dataset.shot") == "1-2"
    opened.ask(f"{video}.pause(); document.querySelectorAll('.still')[3].click()")
    wait(opened, f"Math.abs({video}.currentTime - 16.2) < 0.6")
    opened.ask(f"{video}.pause(); document.querySelector('.words').click()")
    wait(opened, f"Math.abs({video}.currentTime - 5.4) < 0.6")


@pytest.mark.browser
def test_the_keyboard_alone_reaches_every_shot_and_line(opened: Tab) -> None:
    reached = set()
    for _ in range(60):
        opened.press("Tab")
        reached.add(opened.ask("document.activeElement.getAttribute('aria-label')"))
    assert {"Play from shot 2-2, at 0:26", "Play from MARA's line at 0:08"} <= reached
    opened.ask("document.querySelector('.still').focus()")
    opened.press("Enter", text="\r")
    wait(opened, "!document.querySelector('video').paused")
    opened.ask("document.querySelector('video').pause(); document.activeElement.blur()")
    opened.press("]", text="]")
    wait(opened, "Math.abs(document.querySelector('video').currentTime - 5.02) < 0.3")
    opened.press("[", text="[")
    wait(opened, "document.querySelector('video').currentTime < 0.3")


@pytest.mark.browser
def test_another_language_goes_on_at_the_same_shot(opened: Tab) -> None:
    opened.ask("document.querySelectorAll('.still')[3].click()")
    wait(opened, "document.querySelector('.frame.on')?.dataset.shot === '1-4'")
    opened.ask("document.querySelector('input[value=\"ja-JP\"]').click()")
    opened.ask("document.querySelector('input[value=\"16:9\"]').click()")
    shown = "document.querySelector('.cut:not([hidden])')"
    assert opened.ask(f"{shown}.dataset.language + {shown}.dataset.aspect") == "ja-JP16:9"
    wait(opened, f"Math.abs({shown}.querySelector('video').currentTime - 16.2) < 1.5")
    assert "海馬号" in opened.ask(f"{shown}.innerText")
    assert opened.ask("document.querySelectorAll('.cut:not([hidden])').length") == 1


@pytest.mark.browser
def test_a_shot_shows_its_figures_when_asked(opened: Tab) -> None:
    opened.ask("document.querySelector('.standing.doubtful').click()")
    sheet = "document.querySelector('.sheet:popover-open')"
    assert "black is 0.2 of frames" in opened.ask(f"{sheet}.innerText")
    opened.ask(f"{sheet}.querySelector('.close').click()")
    assert opened.ask(f"{sheet} === null")


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 2200])
def test_nothing_is_wider_than_the_window(opened: Tab, width: int) -> None:
    for language in ("en", "ja-JP"):
        opened.ask(f"document.querySelector('input[value=\"{language}\"]').click()")
        opened.window(width, 844)
        assert opened.ask("document.documentElement.scrollWidth") <= width
        if width > 760:
            continue
        seen = opened.ask(
            "document.querySelector('.cut:not([hidden]) video').getBoundingClientRect().width"
        )
        assert seen > 150, "the film is the largest thing on a phone"


@pytest.mark.browser
def test_a_hostile_script_does_nothing_in_a_browser(
    tab: Tab, production: tuple[Path, ProductionPage]
) -> None:
    folder, page = production
    (folder / "hostile.html").write_text(render_page(hostile(page)), "utf-8")
    tab.asked.clear()
    tab.window(390, 844)
    tab.open(folder / "hostile.html")
    wait(tab, "document.querySelector('track').track.cues?.length")
    assert tab.ask("document.title").startswith("</script>")
    assert tab.ask("document.documentElement.scrollWidth") <= 390
    assert "<script>" in tab.ask("document.querySelector('track').track.cues[0].text").replace(
        "&lt;", "<"
    ).replace("&gt;", ">")
