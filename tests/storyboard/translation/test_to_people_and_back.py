"""Lines out to people and back: XLIFF 2 and CSV."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storyboard import missing_lines
from storyboard.errors import ScriptError
from storyboard.translation import Brief, DialogueList, Words, laid_over, translate
from storyboard.translation.files import read_returned
from storyboard.translation.outgoing import outgoing
from storyboard.translation.returned import CatalogTranslator, TakenIn, take_in
from storyboard.translation.table import read_table, write_table
from storyboard.translation.xliff import read_xliff, write_xliff
from tests.storyboard.translation.boards import GERMAN, KETTLE, Phrasebook, kettle

THEN = "Dann sollten wir den Tee trinken."


def translated(text: str = KETTLE) -> DialogueList:
    return translate(kettle(text), ["de"], Phrasebook(GERMAN)).dialogue


def sent(dialogue: DialogueList, brief: Brief | None = None) -> str:
    lines = outgoing(kettle(), dialogue, "de-DE", brief)
    return write_xliff(lines, name="kettle.fountain", source="en", target="de-DE")


def back(text: str, dialogue: DialogueList, board=None, **more) -> TakenIn:
    returned = read_xliff(text, "back.xlf")
    return take_in(board or kettle(), dialogue, returned, by="back.xlf", **more)


def german(dialogue: DialogueList, board=None) -> list[tuple[str, str]]:
    laid, _ = laid_over(board or kettle(), dialogue, "")
    return [
        (line.text.get("de-DE", "-"), line.origin.get("de-DE", "given"))
        for line in laid.spoken_lines()
    ]


def test_a_file_that_comes_back_as_it_went_changes_nothing() -> None:
    dialogue = translated()
    taken = back(sent(dialogue), dialogue)
    assert taken.dialogue == dialogue
    assert (taken.edited, taken.approved, taken.unchanged, taken.notices) == (0, 0, 3, ())


def test_an_edit_of_a_machines_words_is_an_edit() -> None:
    dialogue = translated()
    text = sent(dialogue).replace("ist in 3 Minuten fertig", "kocht in 3 Minuten")
    taken = back(text, dialogue)
    assert (taken.edited, taken.approved, taken.unchanged) == (1, 0, 2)
    assert german(taken.dialogue) == [
        ("Das Wasser kocht in 3 Minuten.", "edited"),
        (THEN, "given"),
        ("Nur mit einem Kessel von Hoofbeat.", "translated"),
    ]
    (entry,) = [e for e in taken.dialogue.entries if e.source.startswith("The water")]
    assert entry.words["de-DE"].by == "back.xlf"


def test_an_edit_of_the_scripts_own_words_takes_their_place() -> None:
    taken = back(sent(DialogueList()).replace(THEN, "Dann trinken wir Tee."), DialogueList())
    assert german(taken.dialogue)[1] == ("Dann trinken wir Tee.", "edited")
    changed = kettle(KETTLE.replace(THEN, "Jetzt aber Tee."))
    assert german(taken.dialogue, changed)[1] == ("Jetzt aber Tee.", "given")


@pytest.mark.parametrize("state", ["reviewed", "final"])
def test_a_segment_signed_off_is_approved(state: str) -> None:
    dialogue = translated()
    ours = 'state="translated" subState="hoofbeat:translated"'
    taken = back(sent(dialogue).replace(ours, f'state="{state}"'), dialogue)
    assert taken.approved == 2
    assert [origin for _, origin in german(taken.dialogue)] == ["approved", "given", "approved"]
    assert back(sent(taken.dialogue), taken.dialogue).unchanged == 3
    edited = sent(taken.dialogue).replace("fertig", "bereit")
    assert german(back(edited, taken.dialogue).dialogue)[0][1] == "edited", "approved was another"


def test_everything_may_be_approved_at_once() -> None:
    dialogue = translated()
    taken = back(sent(dialogue), dialogue, approve=True)
    assert (taken.approved, taken.unchanged) == (2, 1)


def test_words_held_back_go_out_with_what_was_found_and_come_back_free() -> None:
    faulty = GERMAN | {"The water is ready in 3 minutes.": "Das Wasser ist bald fertig."}
    dialogue = translate(kettle(), ["de"], Phrasebook(faulty)).dialogue
    text = sent(dialogue)
    assert '<note category="mind">3 is in the source and missing here</note>' in text
    assert 'state="initial" subState="hoofbeat:held"' in text
    same = back(text, dialogue)
    assert german(same.dialogue)[0] == ("Das Wasser ist bald fertig.", "edited"), (
        "a person who sends it back as it is has seen what was found"
    )
    assert "3 is in the source and missing" in str(same.notices[0]), "and is told again"
    mended = back(text.replace("ist bald", "ist in 3 Minuten"), dialogue)
    assert german(mended.dialogue)[0] == ("Das Wasser ist in 3 Minuten fertig.", "edited")
    assert mended.notices == ()


def test_a_line_that_changed_meanwhile_is_passed_over_and_named() -> None:
    dialogue = translated()
    changed = kettle(KETTLE.replace("3 minutes", "5 minutes"))
    text = sent(dialogue).replace("ist in 3 Minuten fertig", "kocht in 3 Minuten")
    taken = back(text, dialogue, board=changed)
    assert taken.edited == 0
    (notice,) = taken.notices
    said = r"back.xlf:\d+: warning: passed over: the script has no line 'The water"
    assert re.match(said, str(notice))
    assert missing_lines(laid_over(changed, taken.dialogue, "")[0], "de")


def test_what_helps_a_translator_goes_along() -> None:
    brief = Brief(glossary={"water": {"de-DE": "Wasser"}}, keep=("Hoofbeat",))
    root = ElementTree.fromstring(sent(DialogueList(), brief))
    namespace = {"x": "urn:oasis:names:tc:xliff:document:2.0"}
    notes = [(n.get("category"), n.text) for n in root.iterfind(".//x:note", namespace)]
    assert ("speaker", "ANNA") in notes
    assert ("delivery", "pleased") in notes
    assert ("seen", "ANNA puts the kettle on.") in notes
    assert ("mind", "water: Wasser") in notes
    assert ("mind", "keep Hoofbeat") in notes
    assert any(re.fullmatch(r"at most \d\.\d s to say", text or "") for _, text in notes)


def test_what_tools_do_to_a_file_does_no_harm() -> None:
    """Marks in texts, a prefix for the namespace, a unit cut into segments with space between."""
    text = """<?xml version="1.0"?>
<x:xliff xmlns:x="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="de">
 <x:file id="f"><x:unit id="kitchen-01.1">
  <x:segment state="final"><x:source>The water is</x:source><x:target>Das <x:mrk id="m"
   type="term">Wasser</x:mrk> ist</x:target></x:segment>
  <x:ignorable><x:source> </x:source></x:ignorable>
  <x:segment state="translated"><x:source>ready in 3 minutes.</x:source>
   <x:target>in 3 Minuten <x:pc id="1">da</x:pc>.</x:target></x:segment>
 </x:unit></x:file></x:xliff>"""
    (each,) = read_xliff(text, "tool.xlf")
    assert each.source == "The water is ready in 3 minutes."
    assert each.text == "Das Wasser ist in 3 Minuten da."
    assert not each.approved, "one of its segments is not signed off"
    assert each.place.line == 3


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="de">&b;</xliff>'
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<xliff", "back.xlf:1: error: not XML"),
        (BOMB, "a document type or an entity is not read here"),
        ('<xliff version="1.2"/>', "this is no XLIFF 2 file"),
        (
            '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="tlh"/>',
            "trgLang of the file: unknown language 'tlh'",
        ),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(said)):
        read_xliff(text, "back.xlf")


# --- sheets --------------------------------------------------------------------------------------


def test_a_sheet_goes_the_same_way() -> None:
    dialogue = translated()
    rows = list(csv.DictReader(io.StringIO(sheet(dialogue).removeprefix("\ufeff"))))
    rows[0]["text"] = "Das Wasser kocht in 3 Minuten."
    rows[2]["state"] = "Approved"
    returned = read_table(written(rows, ";"), "back.csv")
    taken = take_in(kettle(), dialogue, returned, by="back.csv")
    assert german(taken.dialogue) == [
        ("Das Wasser kocht in 3 Minuten.", "edited"),
        (THEN, "given"),
        ("Nur mit einem Kessel von Hoofbeat.", "approved"),
    ]


def sheet(dialogue: DialogueList, board=None) -> str:
    return write_table(outgoing(board or kettle(), dialogue, "de-DE"))


def written(rows: list[dict[str, str]], separator: str) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_a_spreadsheet_computes_no_line() -> None:
    board = kettle(KETTLE.replace("Only with", '=HYPERLINK("evil")&Only with'))
    text = sheet(DialogueList(), board)
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    text = text.replace("missing", "approved").replace('kettle.",de-DE,,', 'kettle.",de-DE,-Nur.,')
    (each,) = [e for e in read_table(text, "x.csv") if "HYPERLINK" in e.source]
    assert each.source == '=HYPERLINK("evil")&Only with a Hoofbeat kettle.'


@settings(max_examples=60)
@given(
    source=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1),
    text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1),
)
def test_any_words_survive_both_ways(source: str, text: str) -> None:
    from storyboard.translation.outgoing import Outgoing

    line = Outgoing(
        **{"line": "a-1.1", "speaker": "MIA", "delivery": "", "action": "", "seconds": 1},
        **{"language": "en", "source": source, "target": "de-DE", "text": text},
        state="translated",
        remarks=(),
    )
    sheet = read_table(write_table([line]), "x.csv")
    xliff = read_xliff(write_xliff([line], name="n", source="en", target="de-DE"), "x.xlf")
    for (each,) in (sheet, xliff):
        assert (each.source, each.text, each.line) == (source, text, "a-1.1")


def test_a_sheet_without_its_columns_says_which(tmp_path: Path) -> None:
    path = tmp_path / "back.csv"
    path.write_text("line,text\n1,x\n", encoding="utf-8")
    with pytest.raises(ScriptError, match="no column language, source, target among line, text"):
        read_returned(path)
    with pytest.raises(ScriptError, match=r"lines come back as .xlf, .xliff, .csv, .tsv"):
        read_returned(tmp_path / "back.docx")


def test_a_file_from_people_is_a_translator() -> None:
    returned = read_xliff(sent(translated()), "de.xlf")
    fresh = kettle(KETTLE + "\nBEN\nOne more.\n")
    made = translate(fresh, ["de"], CatalogTranslator(returned, "de.xlf"))
    assert german(made.dialogue, fresh)[0] == ("Das Wasser ist in 3 Minuten fertig.", "edited")
    (missing,) = missing_lines(made.board, "de")
    assert missing.text["en"] == "One more."


def test_a_persons_words_are_not_held_back() -> None:
    words = Words(text="Bald.", origin="edited", faults=())
    assert not words.held
