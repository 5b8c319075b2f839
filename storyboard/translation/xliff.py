"""XLIFF 2.1, the format of translators' tools: out to a person and back, a file for a language.

A segment's state says how far it is: `initial` without words (or with words that are held back),
`translated`, and `final` for words that are given or approved. What a person has set to `reviewed`
or `final` is approved. http://docs.oasis-open.org/xliff/xliff-core/v2.1/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from storyboard.board import Source
from storyboard.errors import LanguageError, ScriptError
from storyboard.languages import language as find_language
from storyboard.translation.outgoing import Outgoing, State
from storyboard.translation.returned import Returned

_CORE = "urn:oasis:names:tc:xliff:document:2.0"

_STATES: dict[State, str] = {
    "missing": "initial",
    "held": "initial",
    "translated": "translated",
    "edited": "translated",
    "approved": "final",
    "given": "final",
}
_SIGNED_OFF = {"reviewed", "final"}


def write_xliff(lines: Iterable[Outgoing], *, name: str, source: str, target: str) -> str:
    """The file for a translator. Lines in another source language than `source` stay at home:
    an XLIFF file has one."""
    ET.register_namespace("", _CORE)
    root = ET.Element(_q("xliff"), {"version": "2.1", "srcLang": source, "trgLang": target})
    file = ET.SubElement(root, _q("file"), {"id": "dialogue", "original": _xml(name)})
    for each in lines:
        if each.language == source:
            _unit(file, each)
    ET.indent(root, " ")
    # Indentation is only between elements that hold no words.
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _unit(file: ET.Element, each: Outgoing) -> None:
    unit = ET.SubElement(file, _q("unit"), {"id": each.line, "name": _xml(each.speaker)})
    notes = ET.SubElement(unit, _q("notes"))
    for category, said in _notes(each):
        ET.SubElement(notes, _q("note"), {"category": category}).text = _xml(said)
    state = {"state": _STATES[each.state], "subState": f"hoofbeat:{each.state}"}
    segment = ET.SubElement(unit, _q("segment"), state)
    ET.SubElement(segment, _q("source")).text = _xml(each.source)
    if each.text:
        ET.SubElement(segment, _q("target")).text = _xml(each.text)


def _notes(each: Outgoing) -> Iterator[tuple[str, str]]:
    yield "speaker", each.speaker
    if each.delivery:
        yield "delivery", each.delivery
    if each.action:
        yield "seen", each.action
    yield "length", f"at most {float(each.seconds):.1f} s to say"
    for remark in each.remarks:
        yield "mind", remark


def _xml(text: str) -> str:
    """The text without characters XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))


def _q(tag: str) -> str:
    return f"{{{_CORE}}}{tag}"


def read_xliff(text: str, file: str) -> tuple[Returned, ...]:
    """The lines that have words in a file that came back; ScriptError where it is none of ours.

    Marks that a tool has put into a text are passed over; a unit that a tool has cut into several
    segments is put together again, and is signed off when all of them are.
    """
    where = Source(file=file, line=1)
    try:
        root = fromstring(text.encode("utf-8"), forbid_dtd=True)
    except ET.ParseError as error:
        line = error.position[0]
        raise ScriptError(f"not XML: {error}", Source(file=file, line=line)) from error
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise ScriptError(
            "a document type or an entity is not read here; export plain XLIFF 2", where
        ) from error
    if root.tag != _q("xliff"):
        raise ScriptError("this is no XLIFF 2 file; in your tool, save it as XLIFF 2.0", where)
    source, target = _tag(root, "srcLang", where), _tag(root, "trgLang", where)
    places = _lines_of_units(text)
    found = []
    for number, unit in enumerate(root.iter(_q("unit"))):
        place = Source(file=file, line=places[number] if number < len(places) else 1)
        if each := _returned(unit, source, target, place):
            found.append(each)
    return tuple(found)


def _tag(root: ET.Element, attribute: str, where: Source) -> str:
    try:
        return find_language(root.get(attribute, "")).tag
    except LanguageError as error:
        raise ScriptError(f"{attribute} of the file: {error.message}", where) from error


def _lines_of_units(text: str) -> list[int]:
    """The line each unit begins on: ElementTree does not keep it."""
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        for _ in range(line.count("<unit ") + line.count(":unit "))
    ]


def _returned(unit: ET.Element, source: str, target: str, place: Source) -> Returned | None:
    segments = unit.findall(_q("segment"))
    parts = [segment.find(_q("target")) for segment in segments]
    # What stands between segments belongs to both texts: <ignorable> has the space there.
    whole = [child for child in unit if child.tag in {_q("segment"), _q("ignorable")}]
    words = "".join(_words(child, "target") or _ignored(child) for child in whole).strip()
    if not segments or any(part is None for part in parts) or not words:
        return None
    return Returned(
        line=unit.get("id", ""),
        language=source,
        source="".join(_words(child, "source") for child in whole),
        target=target,
        text=" ".join(words.split()),
        approved=all(_signed_off(segment) for segment in segments),
        place=place,
    )


def _signed_off(segment: ET.Element) -> bool:
    """Whether a person has said so. A state that we sent out says nothing of words that differ; a
    tool that sets a state takes our sub-state away, as XLIFF demands."""
    ours = segment.get("subState") in {"hoofbeat:given", "hoofbeat:approved"}
    return segment.get("state") in _SIGNED_OFF and not ours


def _words(segment: ET.Element, name: str) -> str:
    found = segment.find(_q(name))
    return "" if found is None else "".join(found.itertext())


def _ignored(child: ET.Element) -> str:
    return _words(child, "source") if child.tag == _q("ignorable") else ""
