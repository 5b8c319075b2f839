"""What cells may hold, each read to a value or to a fault that says how to write it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import cast, get_args
from urllib.parse import urlsplit

from storyboard.campaign.prices import PriceUnclear, read_price
from storyboard.campaign.rows import AdSeconds, Findings, Price
from storyboard.checks import reference_fault
from storyboard.errors import LanguageError
from storyboard.languages import language
from storyboard.request import Aspect

LONGEST_NAME = 120
LONGEST_TEXT = 1_000
"""Characters; half a minute holds some 500."""
LONGEST_ADDRESS = 2_000

SEVERAL = re.compile(r"[|,;\n]")
"""What parts several values in one cell; `|` needs no quotes in any sheet."""

_SECONDS = re.compile(r"0*(\d{1,3})(?:[.,]0+)?\s*(?:s|sec|secs|seconds|\"|″)?", re.IGNORECASE)


def words(cell: str, column: str, findings: Findings, longest: int = LONGEST_TEXT) -> str:
    """The cell's words with single spaces."""
    if len(cell) > longest:
        findings.fault(
            column, "too-long", f"{len(cell)} characters", f"write at most {longest} of them"
        )
        return ""
    if bad := next((c for c in cell if unicodedata.category(c) == "Cc" and not c.isspace()), None):
        findings.fault(
            column, "letters", f"a control character, U+{ord(bad):04X}", "type the words anew"
        )
        return ""
    return " ".join(cell.split())


def price(cell: str, column: str, findings: Findings, currency: str | None) -> Price | None:
    if not cell:
        return None
    try:
        found = read_price(cell, currency)
    except PriceUnclear as error:
        findings.fault(column, "price", error.message, error.remedy)
        return None
    if found.currency is None:
        findings.warn(
            column,
            "currency",
            f"{cell[:40]!r} says no currency, so the end card shows a bare number",
            "write it as 19.99 EUR, or give the brand file a `currency`",
        )
    return found


def image(cell: str, column: str, findings: Findings) -> str | None:
    """An address of a picture, or a path below the sheet's folder. Whether it is there is seen
    when it is fetched."""
    if not cell:
        return None
    if "://" in cell or cell.startswith("//"):
        fault = _address_fault(cell)
    else:
        fault = reference_fault(cell)
    if fault:
        findings.fault(column, "image", fault, "give an http(s) address or a path beside the sheet")
        return None
    return cell


def _address_fault(cell: str) -> str | None:
    try:
        parts = urlsplit(cell)
        port = parts.port
    except ValueError:
        return f"{cell[:60]!r} is no address"
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or port == 0:
        return f"{cell[:60]!r} is no http or https address"
    if parts.username or parts.password:
        return f"the address of {parts.hostname[:60]} has a password in it"
    if len(cell) > LONGEST_ADDRESS or any(c.isspace() or ord(c) < 32 for c in cell):
        return "the address is too long, or has spaces in it"
    return None


def languages(cell: str, column: str, findings: Findings) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in filter(None, (part.strip() for part in SEVERAL.split(cell))):
        try:
            found[language(name).tag] = None
        except LanguageError as error:
            findings.fault(column, "language", _what(error), _what_to_do(error))
    return tuple(found)


def _what(error: LanguageError) -> str:
    return error.message.split(";")[0]


def _what_to_do(error: LanguageError) -> str:
    return f"give some of {error.message.partition('known are ')[2]}, parted by |"


def glossary(cell: str, column: str, findings: Findings) -> dict[str, dict[str, str]]:
    """Terms parted by `;`, each with its translations: `kettle: de=Kessel | fr=bouilloire`."""
    found: dict[str, dict[str, str]] = {}
    for entry in filter(None, map(str.strip, cell.split(";"))):
        term, _, given = entry.partition(":")
        by_language: dict[str, str] = {}
        for each in given.split("|"):
            name, _, said = map(str.strip, each.partition("="))
            if not (said and term.strip()):
                findings.fault(
                    column,
                    "glossary",
                    f"{entry[:40]!r} is no term with its translations",
                    "write them as `kettle: de=Kessel | fr=bouilloire; lid: de=Deckel`",
                )
                return {}
            for tag in languages(name, column, findings):
                by_language[tag] = words(said, column, findings, LONGEST_NAME)
        found[words(term, column, findings, LONGEST_NAME)] = by_language
    return found


def aspects(cell: str, column: str, findings: Findings) -> tuple[Aspect, ...]:
    found: dict[Aspect, None] = {}
    known = get_args(Aspect)
    for name in filter(None, (part.strip() for part in SEVERAL.split(cell))):
        shape = re.sub(r"\s*[x×/]\s*", ":", name.lower())
        if shape in known:
            found[cast(Aspect, shape)] = None
        else:
            message = f"{name[:20]!r} is no shape of film we make"
            findings.fault(
                column, "aspect", message, f"give some of {', '.join(known)}, parted by |"
            )
    return tuple(found)


def seconds(cell: str, column: str, findings: Findings) -> AdSeconds | None:
    if not cell:
        return None
    match = _SECONDS.fullmatch(cell)
    known = get_args(AdSeconds)
    if match is None or int(match[1]) not in known:
        message = f"{cell[:20]!r} is no length of an ad"
        findings.fault(column, "duration", message, f"give {', '.join(map(str, known))}")
        return None
    return cast(AdSeconds, int(match[1]))


def whole_number(cell: str, column: str, findings: Findings) -> int:
    if not cell:
        return 0
    if re.fullmatch(r"\d{1,6}", cell, re.ASCII) is None:
        findings.fault(column, "number", f"{cell[:20]!r} is no whole number", "give 0 to 999999")
        return 0
    return int(cell)


def day(cell: str, column: str, findings: Findings) -> date | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        findings.fault(column, "date", f"{cell[:30]!r} is no date", "write it as 2026-12-24")
        return None
