"""The seven languages of the house: tags, names, aliases."""

from __future__ import annotations

from dataclasses import dataclass

from storyboard.errors import LanguageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What every room may need to know of a language."""

    tag: str
    """BCP-47."""
    name: str
    """In English, as models' prompts name it."""
    own_name: str
    """As its readers write it."""
    track: str
    """ISO 639-2/T code for a media track; mp4 has none for Cantonese, which says zho."""
    spaced: bool
    """Words are separated by spaces."""
    caption_width: int
    """Characters on one caption line; Netflix' timed-text limits by way of sublingo.cc, rounded."""
    aliases: tuple[str, ...]


LANGUAGES: tuple[Language, ...] = (
    Language(
        tag="en",
        name="English",
        own_name="English",
        track="eng",
        spaced=True,
        caption_width=42,
        aliases=("en-us", "en-gb", "eng", "english"),
    ),
    Language(
        tag="cmn-Hans-CN",
        name="Mandarin",
        own_name="普通话",
        track="zho",
        spaced=False,
        caption_width=16,
        aliases=("zh", "zh-cn", "zh-hans", "cmn", "cmn-hans", "zho", "chi", "mandarin", "chinese"),
    ),
    Language(
        tag="yue-Hant-HK",
        name="Cantonese",
        own_name="廣東話",
        track="zho",
        spaced=False,
        caption_width=16,
        aliases=("yue", "zh-yue", "zh-hk", "yue-hant", "yue-hk", "cantonese"),
    ),
    Language(
        tag="ja-JP",
        name="Japanese",
        own_name="日本語",
        track="jpn",
        spaced=False,
        caption_width=13,
        aliases=("ja", "jp", "jpn", "japanese"),
    ),
    Language(
        tag="ko-KR",
        name="Korean",
        own_name="한국어",
        track="kor",
        spaced=True,
        caption_width=16,
        aliases=("ko", "kr", "kor", "korean"),
    ),
    Language(
        tag="de-DE",
        name="German",
        own_name="Deutsch",
        track="deu",
        spaced=True,
        caption_width=42,
        aliases=("de", "ger", "deu", "german", "de-at", "de-ch"),
    ),
    Language(
        tag="fr-FR",
        name="French",
        own_name="Français",
        track="fra",
        spaced=True,
        caption_width=42,
        aliases=("fr", "fre", "fra", "french", "fr-ca"),
    ),
)

_BY_NAME = {
    name: language
    for language in LANGUAGES
    for name in (language.tag.lower(), language.own_name.lower(), *language.aliases)
}


def language(name: str) -> Language:
    """The language of that tag, alias or name; LanguageError lists the seven for anything else."""
    found = _BY_NAME.get(name.strip().lower().replace("_", "-"))
    if found is None:
        known = ", ".join(each.tag for each in LANGUAGES)
        raise LanguageError(f"unknown language {name.strip()!r}; known are {known}")
    return found


def read_languages(names: str) -> tuple[str, ...]:
    """Tags of a comma list as typed by a person, without repeats, in the order given."""
    tags = [language(name).tag for name in names.split(",") if name.strip()]
    if not tags:
        raise LanguageError("no language named; give a comma list such as en,ja")
    return tuple(dict.fromkeys(tags))
