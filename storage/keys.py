"""Names inside the vault: which keys are allowed, and where each thing lies.

A key is slash-separated parts of printable ASCII that a folder on Linux, macOS and Windows and a
bucket all hold unchanged, so a vault can be copied from any of them to any other. Parts that begin
with a dot are the stores' own (half-written files, the catalog) and are never keys.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from storage.errors import KeyRefused

LONGEST_KEY = 800
"""Bytes; S3 takes 1024 and the store's own prefix needs room."""
LONGEST_PART = 200
"""Bytes; file systems take 255 and the name of a half-written file is longer than the part."""
LONGEST_SAFE_PART = 80

_FOREIGN = re.compile(r'[^\x20-\x7e]|[\\:*?"<>|]')
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)}


def check_key(key: str) -> str:
    """The key itself; KeyRefused when it is no key, with the reason."""
    if not key:
        raise KeyRefused("A key is empty; name something inside the vault.")
    _check_text(key)
    for part in key.split("/"):
        _check_part(key, part)
    return key


def check_prefix(prefix: str) -> str:
    """The beginning of keys: "" for all, "takes/", or part of a name such as "takes/ab"."""
    if not prefix:
        return prefix
    _check_text(prefix)
    *folders, rest = prefix.split("/")
    for part in folders:
        _check_part(prefix, part)
    if rest.startswith((".", " ")):
        raise KeyRefused(f"No key begins with {prefix!r}: a part may not begin with {rest[0]!r}.")
    return prefix


def _check_text(key: str) -> None:
    if len(key) > LONGEST_KEY:
        raise KeyRefused(
            f"Key {key[:60]!r}... has {len(key)} characters; {LONGEST_KEY} are allowed."
        )
    if found := _FOREIGN.search(key):
        raise KeyRefused(
            f'Key {key!r} has {found.group()!r}; keys are printable ASCII without \\ : * ? " < > |.'
        )


def _check_part(key: str, part: str) -> None:
    if not part:
        raise KeyRefused(f"Key {key!r} has an empty part; use single slashes between names.")
    if part[0] in ". " or part[-1] in ". ":
        raise KeyRefused(f"Key {key!r}: {part!r} begins or ends with a dot or a space.")
    if len(part) > LONGEST_PART:
        raise KeyRefused(
            f"Key {key[:60]!r}... has a part of {len(part)} characters; {LONGEST_PART} are allowed."
        )
    if _is_reserved(part):
        raise KeyRefused(f"Key {key!r}: {part!r} is a device on Windows, not a name.")


def _is_reserved(part: str) -> bool:
    return part.split(".")[0].rstrip().lower() in _RESERVED


def safe_part(text: str) -> str:
    """One part of a key made of any text: letters, digits, dot, underscore and hyphen.

    Accents are dropped. Where letters are lost (Chinese, a long title) a digest of the text keeps
    two texts apart. What is safe already comes back unchanged.
    """
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    lost = any(c.isalnum() and not c.isascii() for c in plain)
    part = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    part = re.sub(r"-{2,}", "-", part).strip("-.")
    if _is_reserved(part):
        part = f"x-{part}"
    if lost or not part or len(part) > LONGEST_SAFE_PART:
        mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        head = part[: LONGEST_SAFE_PART - 9].strip("-.") or "untitled"
        part = f"{head}-{mark}"
    return part


def slug_of(title: str) -> str:
    """The name a production goes by in the vault, from its title: lower case, one part."""
    return safe_part(title.lower())


def take_key_prefix(take: str) -> str:
    """`takes/ab/abcdef.../`, where everything of one take lies; `take` is the take's key."""
    name = safe_part(take)
    return f"takes/{safe_part(name[:2])}/{name}/"


def production_prefix(slug: str, version: str) -> str:
    """`productions/<slug>/<version>/`: storyboard.yaml, index.html and the languages."""
    return f"productions/{safe_part(slug)}/{safe_part(version)}/"


def deliverable_prefix(slug: str, version: str, language: str, aspect: str) -> str:
    """`productions/<slug>/<version>/<language>/<aspect>/`; an aspect of 9:16 is written 9x16."""
    folder = production_prefix(slug, version)
    return f"{folder}{safe_part(language)}/{aspect_part(aspect)}/"


def deliverable_key(slug: str, version: str, language: str, aspect: str, suffix: str) -> str:
    """The master or a file beside it; `suffix` with its dot: ".mp4", ".srt", ".vtt", ".otio"."""
    folder = deliverable_prefix(slug, version, language, aspect)
    name = f"{safe_part(slug)}.{safe_part(language)}.{aspect_part(aspect)}"
    return check_key(f"{folder}{name}{suffix}")


def manifest_key(slug: str, version: str, language: str, aspect: str) -> str:
    """The commit of one deliverable: put last, never replaced."""
    return f"{deliverable_prefix(slug, version, language, aspect)}manifest.json"


def sheet_key(slug: str, version: str) -> str:
    """The dailies of one version: its shots, their takes and how far each is."""
    return f"{production_prefix(slug, version)}dailies.json"


def decisions_prefix(slug: str) -> str:
    """Under it lies what people have decided about the takes of a production, any version of it:
    a folder for each shot, in it one file for each decision, numbered from 1 in their order.
    """
    return f"productions/{safe_part(slug)}/decisions/"


def decision_key(slug: str, job: str, number: int) -> str:
    """`job` is the key of the take of the shot's first attempt."""
    return f"{decisions_prefix(slug)}{safe_part(job)}/{number:04d}.json"


def edits_prefix(slug: str) -> str:
    """Under it lies how people have reworded lines: a folder for each line and language, in it
    one file for each edit, numbered from 1 in their order.
    """
    return f"productions/{safe_part(slug)}/lines/"


def edit_key(slug: str, line: str, language: str, number: int) -> str:
    return f"{edits_prefix(slug)}{safe_part(line)}/{safe_part(language)}/{number:04d}.json"


def aspect_part(aspect: str) -> str:
    return safe_part(aspect.replace(":", "x"))
