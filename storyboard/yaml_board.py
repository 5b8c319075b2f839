"""The storyboard as YAML: our own format, written in full and read with friendly short forms.

What may be left out when a person writes: every id and the slug (made from names and headings), a
scene's interior, place and time (read from its heading), and `source`. A speaker or a cast may be
named by name. `text` may be plain words in the board's language, and a language may go by an alias.
Nothing else is forgiving: an unknown key, a wrong type, a stranger in the cast is an error with its
line.
"""

from __future__ import annotations

import io
import re
from difflib import get_close_matches
from pathlib import Path, PurePath
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from storyboard.board import (
    Card,
    CardWords,
    Character,
    Line,
    Scene,
    Shot,
    Source,
    Storyboard,
)
from storyboard.checks import MOST, faults, together
from storyboard.errors import LanguageError, ScriptError
from storyboard.headings import setting
from storyboard.languages import LANGUAGES, language
from storyboard.names import SAFE, distinct, slug
from storyboard.recognise import recognise_language
from storyboard.yaml_tree import Place, Tree, load


def read_yaml(text: str, file: str) -> Storyboard:
    """The storyboard in a YAML text; ScriptError names every line to mend."""
    tree = load(text, file)
    if not isinstance(tree.value, dict):
        raise ScriptError("a storyboard begins with keys, such as `title:`", tree.source(()))
    completed = _Completing(tree=tree).board()
    try:
        board = Storyboard.model_validate(completed)
    except ValidationError as error:
        raise together([_explained(each, tree) for each in error.errors()[:MOST]]) from error
    broken = [ScriptError(message, tree.source(place)) for place, message in faults(board)]
    if broken:
        raise together(broken)
    if not board.shots():
        raise ScriptError("nothing to film: the storyboard has no shot", tree.source(("scenes",)))
    return board


# --- what a person may leave out -----------------------------------------------------------------


class _Completing:
    """Fills in what the tree leaves out; leaves every mistake for the model to find."""

    def __init__(self, *, tree: Tree) -> None:
        self.tree = tree
        self.ids: dict[str, str] = {}
        self.known: set[str] = set()
        self.language = ""

    def board(self) -> dict[str, Any]:
        given: dict[str, Any] = dict(self.tree.value)
        given.setdefault("title", Path(self.tree.file).stem)
        if isinstance(given["title"], str):
            given.setdefault("slug", slug(given["title"], otherwise="film"))
        if given.get("schema_version") == "1":
            given["schema_version"] = 1
        self.language = self._own_language(given)
        given["language"] = self.language
        given["characters"] = self._characters(given.get("characters"))
        given["scenes"] = self._scenes(given.get("scenes"))
        return self._sourced(given, ())

    def _own_language(self, given: dict[str, Any]) -> str:
        named = given.get("language")
        if isinstance(named, str):
            return self._tag(named, ("language",))
        texts = [text for key, text in _walk(given) if key == "text"]
        if plain := [text for text in texts if isinstance(text, str)]:
            return recognise_language(" ".join(plain))
        tags = [str(tag) for text in texts if isinstance(text, dict) for tag in text]
        return self._tag(tags[0], ("scenes",)) if tags else "en"

    def _tag(self, name: str, place: Place) -> str:
        try:
            return language(name).tag
        except LanguageError as error:
            raise ScriptError(error.message, self.tree.source(place)) from error

    def _sourced(self, given: dict[str, Any], place: Place) -> dict[str, Any]:
        if "source" not in given:
            given["source"] = self.tree.source(place).model_dump()
        return given

    def _characters(self, given: Any) -> Any:
        if given is None:
            return []
        if not isinstance(given, list):
            return given
        taken = _given_ids(given)
        return [self._character(each, ("characters", at), taken) for at, each in enumerate(given)]

    def _character(self, given: Any, place: Place, taken: dict[str, int]) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        if _text(made.get("name")):
            made.setdefault("id", None)
            if made["id"] is None:
                made["id"] = distinct(slug(made["name"], otherwise="character"), taken)
        elif _text(made.get("id")):
            made.setdefault("name", made["id"])
        aliases = made.get("aliases")
        names = [made.get("name"), *(aliases if isinstance(aliases, list) else [])]
        for name in filter(_text, names):
            self.ids.setdefault(name.casefold(), made.get("id", ""))
        if _text(made.get("id")):
            self.known.add(made["id"])
        return self._sourced(made, place)

    def _scenes(self, given: Any) -> Any:
        if given is None:
            return []
        if not isinstance(given, list):
            return given
        taken = _given_ids(given)
        return [self._scene(each, ("scenes", at), taken) for at, each in enumerate(given)]

    def _scene(self, given: Any, place: Place, taken: dict[str, int]) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        heading = made.setdefault("heading", "")
        if _text(heading):
            where = setting(heading)
            made.setdefault("interior", where.interior)
            made.setdefault("place", where.place)
            made.setdefault("time_of_day", where.time_of_day)
        if made.get("id") is None:
            made["id"] = distinct(slug(str(heading or "scene"), otherwise="scene"), taken)
        shots = made.get("shots")
        if isinstance(shots, list):
            made["shots"] = [
                self._shot(shot, (*place, "shots", at), f"{made['id']}-{at + 1:02}")
                for at, shot in enumerate(shots)
            ]
        return self._sourced(made, place)

    def _shot(self, given: Any, place: Place, shot_id: str) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        made.setdefault("id", shot_id)
        if isinstance(made.get("cast"), list):
            made["cast"] = [self._who(name) for name in made["cast"]]
        lines = made.get("lines")
        if isinstance(lines, list):
            made["lines"] = [
                self._line(line, (*place, "lines", at), f"{made['id']}.{at + 1}")
                for at, line in enumerate(lines)
            ]
        if isinstance(made.get("card"), dict):
            made["card"] = self._card(made["card"], (*place, "card"), made["id"])
        return self._sourced(made, place)

    def _card(self, given: dict[str, Any], place: Place, shot_id: str) -> Any:
        made = dict(given)
        words = made.get("words")
        if isinstance(words, list):
            made["words"] = [
                self._words(each, (*place, "words", at), shot_id) for at, each in enumerate(words)
            ]
        return made

    def _words(self, given: Any, place: Place, shot_id: str) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        made.setdefault("id", f"{shot_id}.{made.get('role', '')}")
        return self._worded(made, place)

    def _line(self, given: Any, place: Place, line_id: str) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        made.setdefault("id", line_id)
        if "speaker" in made:
            made["speaker"] = self._who(made["speaker"])
        return self._worded(made, place)

    def _worded(self, made: dict[str, Any], place: Place) -> Any:
        if isinstance(made.get("text"), str):
            made["text"] = {self.language: made["text"]}
        elif isinstance(made.get("text"), dict):
            made["text"] = self._by_language(made["text"], (*place, "text"))
        if isinstance(made.get("origin"), dict):
            made["origin"] = self._by_language(made["origin"], (*place, "origin"))
        return self._sourced(made, place)

    def _by_language(self, given: dict[str, Any], place: Place) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, words in given.items():
            tag = self._tag(name, (*place, name))
            if tag in made:
                raise ScriptError(f"{tag} stands here twice", self.tree.source((*place, name)))
            made[tag] = words
        return made

    def _who(self, name: Any) -> Any:
        """The id for a name; ids, and what is neither, as they are."""
        if not isinstance(name, str) or name in self.known:
            return name
        return self.ids.get(name.casefold(), name)


def _given_ids(given: list[Any]) -> dict[str, int]:
    return {each["id"]: 1 for each in given if isinstance(each, dict) and _text(each.get("id"))}


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _walk(value: Any) -> list[tuple[str, Any]]:
    """Every key of the tree with its value."""
    found: list[tuple[str, Any]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            found += here.items()
            waiting += reversed(list(here.values()))
        elif isinstance(here, list):
            waiting += reversed(here)
    return found


# --- mistakes ------------------------------------------------------------------------------------

_MODELS: dict[str, type[BaseModel]] = {
    "characters": Character,
    "scenes": Scene,
    "shots": Shot,
    "lines": Line,
    "card": Card,
    "words": CardWords,
    "source": Source,
}


def _explained(error: Any, tree: Tree) -> ScriptError:
    """One of the model's findings as a sentence for who wrote the file."""
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    name = str(place[-1]) if place else "storyboard"
    kind = str(error["type"])
    if kind == "extra_forbidden":
        said = _unknown(name, place[:-1])
    elif kind == "missing":
        said = f"`{name}` is missing here"
    elif "seconds" in place:
        said = f"{str(error['input'])[:40]!r} is no length; give seconds, such as 6 or 6.5"
    elif kind == "string_type":
        said = f"`{name}` must be words; put them in quotes if they are true, false or null"
    elif kind == "literal_error":
        said = f"`{name}` must be {error['ctx']['expected']}, not {str(error['input'])[:40]!r}"
    elif kind in {"tuple_type", "dict_type", "model_type"}:
        what = "a list (lines that begin with -)" if kind == "tuple_type" else "keys and values"
        said = f"`{name}` must hold {what}"
    else:
        said = f"`{name}`: {error['msg']}"
    return ScriptError(said, tree.source(place))


def _unknown(name: str, place: Place) -> str:
    within = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    known = list(_MODELS.get(within, Storyboard).model_fields)
    near = get_close_matches(name, known, n=1)
    hint = f", did you mean `{near[0]}`?" if near else "."
    return f"unknown key `{name[:40]}`{hint} Known here: {', '.join(known)}"


# --- writing -------------------------------------------------------------------------------------

_ALWAYS = {
    *("schema_version", "id", "name", "title", "slug", "language", "heading", "interior", "place"),
    *("time_of_day", "speaker", "text", "source"),
}
"""Written even when default: what the reader would otherwise fill in from elsewhere."""


def write_yaml(board: Storyboard) -> str:
    """The board as YAML; `read_yaml` gives back an equal one, its sources without folders: what
    is written does not depend on where the script lay."""
    yaml = YAML(typ="rt")
    yaml.width = 1_000_000  # never fold
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_plain(board), out)
    return out.getvalue()


def _plain(document: BaseModel) -> CommentedMap:
    dumped = document.model_dump(mode="json")
    made = CommentedMap()
    for name, field in type(document).model_fields.items():
        value = getattr(document, name)
        if name not in _ALWAYS and value == field.get_default(call_default_factory=True):
            continue
        if isinstance(value, Source):
            bare = {"file": PurePath(value.file).name, "line": value.line}
            made[name] = _quoted(bare if value != Source() else {})
            made[name].fa.set_flow_style()
        elif isinstance(value, BaseModel):
            made[name] = _plain(value)
        elif isinstance(value, tuple):
            made[name] = [_plain(e) if isinstance(e, BaseModel) else _quoted(e) for e in value]
        else:
            made[name] = _quoted(dumped[name])
    return made


def _quoted(value: Any) -> Any:
    """Words in quotes unless they are plainly words: ruamel leaves `:0` and next-line marks bare,
    which no reader gives back."""
    if isinstance(value, dict):
        return CommentedMap({_quoted(key): _quoted(words) for key, words in value.items()})
    if not isinstance(value, str) or (
        _WORDS.fullmatch(value) and value.isprintable() and value.lower() not in _NOT_WORDS
    ):
        return value
    return DoubleQuotedScalarString(value)


_WORDS = re.compile(r"[^\W\d_](?:[\w .!?'’()/。、！？-]*[\w.!?'’)。！？])?")
_NOT_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


# --- the published schema ------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """The JSON Schema of the format as people may write it, for editors that check while typing."""
    made = Storyboard.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "Hoofbeat storyboard"
    parts = made["$defs"]
    made["required"] = ["scenes"]
    parts["Character"]["required"] = []
    parts["Character"]["anyOf"] = [{"required": ["id"]}, {"required": ["name"]}]
    parts["Scene"]["required"] = []
    parts["Shot"]["required"] = []
    parts["Line"]["required"] = ["speaker", "text"]
    parts["CardWords"]["required"] = ["role", "text"]
    safe = {"pattern": f"^{SAFE.pattern}$"}
    for part in (parts["Character"], parts["Scene"], parts["Shot"]):
        part["properties"]["id"] |= safe
    made["properties"]["slug"] |= safe
    text = {
        "description": "Words in the storyboard's language, or by language.",
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "examples": [{each.tag: "..." for each in LANGUAGES[:2]}],
            },
        ],
    }
    for part in (parts["Line"], parts["CardWords"]):
        part["properties"]["text"] = text
    return made
