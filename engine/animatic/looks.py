"""From a figure's name and looks, in the script's own words, to what is drawn.

What the words say is found in the tables below. What they leave open is chosen by a hash of the
name alone, so that a character looks the same in every shot, language and take.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeVar

from engine.animatic.colour import darker, lighter, luminance
from engine.animatic.ink import Colour
from storyboard.request import Figure

Kind = Literal["person", "dog", "cat", "robot", "cloud", "ghost", "phone"]
Age = Literal["child", "young", "middle", "old"]
Hair = Literal["short", "long", "bob", "bun", "ponytail", "curly", "bald", "crop", "side"]
Beard = Literal["none", "stubble", "moustache", "full"]
Garment = Literal[
    "shirt", "coat", "dress", "suit", "uniform", "apron", "hoodie", "raincoat", "jumper"
]
Hat = Literal["none", "cap", "hat", "beanie", "peaked"]

_Value = TypeVar("_Value")

COLOURS: dict[str, Colour] = {
    "dark blue": (42, 62, 112),
    "navy": (38, 52, 92),
    "light blue": (132, 186, 232),
    "sky blue": (132, 186, 232),
    "forest": (46, 98, 74),
    "olive": (122, 124, 62),
    "mint": (138, 206, 178),
    "turquoise": (58, 176, 176),
    "teal": (34, 132, 136),
    "burgundy": (126, 36, 58),
    "maroon": (126, 36, 58),
    "crimson": (190, 36, 62),
    "scarlet": (222, 58, 52),
    "red": (214, 62, 62),
    "orange": (240, 134, 50),
    "coral": (240, 120, 100),
    "peach": (248, 180, 148),
    "yellow": (248, 200, 66),
    "mustard": (214, 164, 54),
    "gold": (226, 178, 72),
    "green": (74, 156, 98),
    "blue": (62, 116, 202),
    "purple": (128, 82, 168),
    "violet": (128, 82, 168),
    "lavender": (178, 160, 222),
    "pink": (240, 146, 172),
    "brown": (126, 86, 60),
    "tan": (206, 170, 124),
    "khaki": (186, 168, 120),
    "beige": (226, 206, 174),
    "cream": (246, 234, 208),
    "ivory": (246, 238, 222),
    "charcoal": (70, 74, 84),
    "grey": (142, 148, 160),
    "gray": (142, 148, 160),
    "silver": (196, 202, 212),
    "black": (48, 46, 58),
    "white": (244, 242, 238),
    "红": (214, 62, 62),
    "赤": (214, 62, 62),
    "蓝": (62, 116, 202),
    "青": (62, 116, 202),
    "绿": (74, 156, 98),
    "緑": (74, 156, 98),
    "黄": (248, 200, 66),
    "黑": (48, 46, 58),
    "黒": (48, 46, 58),
    "白": (244, 242, 238),
    "rouge": (214, 62, 62),
    "bleu": (62, 116, 202),
    "vert": (74, 156, 98),
    "noir": (48, 46, 58),
    "blanc": (244, 242, 238),
    "rot": (214, 62, 62),
    "blau": (62, 116, 202),
    "grün": (74, 156, 98),
    "gelb": (248, 200, 66),
    "schwarz": (48, 46, 58),
    "weiß": (244, 242, 238),
}
"""Colour words as cloth is dyed; the longer name is looked for first."""

HAIR_COLOURS: dict[str, Colour] = {
    "dark brown": (74, 48, 40),
    "light brown": (156, 108, 70),
    "strawberry blond": (226, 152, 96),
    "blond": (236, 194, 112),
    "golden": (236, 194, 112),
    "auburn": (150, 70, 44),
    "ginger": (214, 108, 52),
    "red": (192, 82, 44),
    "chestnut": (120, 66, 42),
    "brown": (98, 64, 46),
    "black": (42, 36, 48),
    "dark": (58, 42, 42),
    "silver": (200, 204, 212),
    "grey": (158, 162, 172),
    "gray": (158, 162, 172),
    "white": (236, 234, 232),
    "blue": (70, 112, 206),
    "pink": (240, 132, 170),
    "green": (80, 168, 112),
    "purple": (134, 86, 176),
    "白": (236, 234, 232),
    "黑": (42, 36, 48),
    "黒": (42, 36, 48),
    "金": (236, 194, 112),
    "schwarz": (42, 36, 48),
    "braun": (98, 64, 46),
    "noir": (42, 36, 48),
    "brun": (98, 64, 46),
    "weiß": (236, 234, 232),
    "blanc": (236, 234, 232),
}

_SKINS: tuple[Colour, ...] = (
    (253, 222, 200),
    (246, 206, 176),
    (232, 184, 146),
    (206, 150, 110),
    (166, 112, 78),
    (118, 76, 56),
)
"""From fair to deep."""


def _names(*rows: str) -> frozenset[str]:
    return frozenset(name for row in rows for name in row.split())


_SKIN_WORDS: tuple[tuple[str, int], ...] = (
    (r"(very )?(dark|deep)([ -]?brown)?[ -]skin", 5),
    (r"medium[ -]brown skin|brown skin|south asian|indian|latin[ao]?|hispanic", 3),
    (r"black (man|woman|girl|boy|person)|african", 4),
    (r"tan(ned)? skin|olive skin|arab|middle eastern", 2),
    (r"asian|chinese|japanese|korean|east asian", 1),
    (r"(pale|fair|light|white) skin|white (man|woman|girl|boy|person)|pale|freckle", 0),
)

_WOMAN = (
    r"\b(woman|women|girl|lady|female|mother|mum|mom|grandmother|grandma|granny|aunt|sister|"
    r"daughter|wife|she|her|queen|waitress|mrs|ms|miss|frau|mädchen|femme|fille)\b|"
    r"女|姐|妹|妈|奶奶|母|娘|여자|소녀"
)
_MAN = (
    r"\b(man|men|boy|guy|male|father|dad|grandfather|grandpa|uncle|brother|son|husband|he|him|"
    r"his|king|waiter|mr|sir|mann|junge(?! frau| dame)|homme|garçon)\b|"
    r"男|哥|弟|爸|爷爷|父|남자|소년"
)
_WOMENS_NAMES = _names(
    "alice amy ana anna anne annie barbara bella carla carol charlotte chloe",
    "clara daisy diana ella ellen emi emily emma eva fay fiona grace",
    "hana hannah helen ida ines iris isabel jane jenny jessica julia karen",
    "kate kay laura lea lena lily lin linda lisa lola lucy margaret",
    "maria marie mary maya mei mia mila mina nadia nina nora olivia",
    "paula rosa rose ruth sara sarah sofia sophie sue susan tina vera",
    "yuki zoe 小红 美咲 花子 지은",
)
_MENS_NAMES = _names(
    "adam alan alex ali andrew ben bill bob brian carlos chen chris",
    "dan daniel dave david eric frank fred george hans harry hugo ian",
    "ivan jack james jan jim joe john jonas josh juan kai ken",
    "leo liam louis luca luis mark martin max michael mike milo nick",
    "noah oliver oscar otto paul peter phil pierre ray richard rob robert",
    "sam simon steve taro tim tom tony victor will 健 太郎 小明",
    "민준",
)
_AGE_WORDS: tuple[tuple[str, Age], ...] = (
    (r"\b(child|kid|boy|girl|toddler|little|kind|enfant)\b|孩|子供|아이", "child"),
    (
        r"\b(old|elderly|aged|grandm\w+|grandp\w+|granny|ancient|retired|alt|vieux|vieille)\b|老|奶奶|爷爷",
        "old",
    ),
    (r"\b(middle[ -]aged|mid-?forties|fifties)\b|中年", "middle"),
    (r"\b(young|teen\w*|student|twenties)\b|年轻|若い", "young"),
)
_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"\b(dog|puppy|hound|doggy|chihuahua|hund|chien)\b|狗|犬", "dog"),
    (r"\b(cat|kitten|kitty|katze|chat)\b|猫", "cat"),
    (r"\b(robot|android|droid|machine|ai assistant|roboter)\b|机器人|ロボット", "robot"),
    (r"\b(cloud|wolke|nuage)\b|\bcyber boss\b|云|雲", "cloud"),
    (r"\b(ghost|spirit|phantom|geist|fantôme)\b|鬼|幽霊", "ghost"),
    (
        r"\b(smart ?phone|telephone|phone|smartphone|loudspeaker|computer voice)\b|手机|電話",
        "phone",
    ),
)
_HAIRS: tuple[tuple[str, Hair], ...] = (
    (r"\bbald\b|shaved head|秃|光头|kahl|chauve", "bald"),
    (r"\bbun\b|top ?knot|chignon|dutt|发髻|髻", "bun"),
    (r"ponytail|pony tail|braid|pigtail|马尾|ポニーテール|zopf|queue de cheval", "ponytail"),
    (r"curl|afro|frizz|wavy|lock|卷发|巻き毛|frisé", "curly"),
    (r"\bbob\b(?= hair| cut)|\bbob(bed)? (hair|cut)|chin-length|hair in a bob", "bob"),
    (
        r"long[\w ,-]{0,24}hair|hair[\w ,-]{0,12}long|长发|長い髪|lange\w* haare|cheveux longs",
        "long",
    ),
    (r"crew ?cut|buzz|cropped|crop\b", "crop"),
    (r"short[\w ,-]{0,24}hair|hair[\w ,-]{0,12}short|短发|短い髪|kurze\w* haare", "short"),
)
_BEARDS: tuple[tuple[str, Beard], ...] = (
    (r"stubble|unshaven|胡茬", "stubble"),
    (r"m(o|u)ustache|schnurrbart", "moustache"),
    (r"beard|bart\b|barbe|胡子|ひげ", "full"),
)
_GARMENTS: tuple[tuple[str, Garment], ...] = (
    (r"apron|schürze|tablier|围裙", "apron"),
    (r"rain ?coat|rain jacket|anorak|oilskin|parka|雨衣", "raincoat"),
    (r"hoodie|sweatshirt|卫衣", "hoodie"),
    (r"uniform|制服", "uniform"),
    (r"suit|tuxedo|blazer|anzug|costume|西装|スーツ", "suit"),
    (r"dress|gown|skirt|kleid|robe\b|裙|ワンピース", "dress"),
    (r"coat|jacket|cardigan|mantel|jacke|manteau|大衣|外套|コート", "coat"),
    (r"jumper|sweater|pullover|turtleneck|毛衣", "jumper"),
    (r"shirt|blouse|top\b|tee\b|hemd|chemise|衬衫|シャツ", "shirt"),
)
_HATS: tuple[tuple[str, Hat], ...] = (
    (r"(captain|peaked|police|officer|sailor)\w*'?s? (cap|hat)|black cap", "peaked"),
    (r"beanie|woolly hat|knit(ted)? (cap|hat)", "beanie"),
    (r"\bcap\b|mütze|casquette|帽子", "cap"),
    (r"\bhat\b|fedora|\bhut\b|chapeau", "hat"),
)
_CLOTHS: tuple[Colour, ...] = (
    (226, 92, 76),
    (238, 152, 62),
    (244, 198, 86),
    (92, 164, 122),
    (52, 138, 148),
    (74, 118, 196),
    (122, 96, 178),
    (214, 108, 148),
    (96, 110, 138),
    (240, 226, 200),
    (178, 66, 84),
    (124, 176, 214),
    (150, 170, 86),
    (204, 140, 92),
    (156, 196, 176),
    (74, 92, 130),
)
_AGES: tuple[Age, ...] = ("young", "young", "middle")
_WOMENS_HAIR: tuple[Hair, ...] = ("long", "bob", "bun", "ponytail", "curly")
_MENS_HAIR: tuple[Hair, ...] = ("short", "side", "crop", "curly")
_PLAIN_GARMENTS: tuple[Garment, ...] = ("shirt", "jumper", "coat", "hoodie")
_TROUSERS: tuple[Colour, ...] = ((54, 62, 92), (72, 66, 78), (88, 78, 70))
_EYES: tuple[Colour, ...] = ((84, 54, 38), (62, 46, 42), (58, 96, 132), (74, 110, 78))
_HAIR_CHOICE = ("black", "dark brown", "brown", "chestnut", "auburn", "blond", "ginger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A character as drawn; colours are those of plain daylight."""

    kind: Kind
    age: Age
    woman: bool
    skin: Colour
    hair: Hair
    hair_colour: Colour
    beard: Beard
    garment: Garment
    cloth: Colour
    under: Colour
    """What shows beneath a coat, suit or apron."""
    trousers: Colour
    glasses: bool
    hat: Hat
    hat_colour: Colour
    scarf: Colour | None
    earrings: bool
    freckles: bool
    eye_colour: Colour
    face: float
    """-1 narrow to 1 broad, so that two plain figures still differ."""


@lru_cache(maxsize=512)
def looks_of(figure: Figure) -> Looks:
    """What to draw for the figure; any text will do."""
    name = figure.name.strip().lower()
    words = figure.looks.lower()
    everything = f"{name} {words}"
    age = _either(_age(words) or _first(name, _AGE_WORDS), _pick(name, "age", _AGES))
    told = _woman(f"{everything} {figure.voice.lower()}")
    told = _by_name(name) if told is None else told
    woman = _either(told, _pick(name, "woman", (True, False)))
    skin = _skin(words) or _pick(name, "skin", _SKINS[:3] if _east(name) else _SKINS[:1] + _SKINS)
    hair = _WOMENS_HAIR if woman else _MENS_HAIR
    garment, garment_phrase = _garment(words)
    cloth = _colour(garment_phrase, COLOURS) or _own_cloth(name)
    hat_phrase = _phrase(words, r"\bcap\b|\bhat\b|beanie")
    scarf_phrase = _phrase(words, r"scarf|shawl|schal|écharpe|围巾")
    trousers_phrase = _phrase(words, r"trousers|pants|jeans|chinos|shorts")
    scarf = _colour(scarf_phrase, COLOURS) or _pick(name, "scarf", _CLOTHS)
    return Looks(
        kind=_first(everything, _KINDS) or "person",
        age=age,
        woman=woman,
        skin=skin,
        hair=_either(_first(words, _HAIRS), _pick(name, "hair", hair)),
        hair_colour=_hair_colour(name, words, age, skin),
        beard=_first(words, _BEARDS) or "none",
        garment=_either(garment, _pick(name, "garment", _PLAIN_GARMENTS)),
        cloth=cloth,
        under=_under(cloth),
        trousers=_colour(trousers_phrase, COLOURS) or _pick(name, "trousers", _TROUSERS),
        glasses=bool(re.search(r"glasses|spectacles|眼镜|眼鏡|brille|lunettes", words)),
        hat=_first(words, _HATS) or "none",
        hat_colour=_colour(hat_phrase, COLOURS) or _pick(name, "hat", _CLOTHS),
        scarf=scarf if scarf_phrase else None,
        earrings=woman and ("earring" in words or _pick(name, "earrings", (True, False, False))),
        freckles="freckle" in words or (age == "child" and _pick(name, "freckles", (True, False))),
        eye_colour=_pick(name, "eyes", _EYES[:2] if luminance(skin) < 0.66 else _EYES),
        face=_pick(name, "face", (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0)),
    )


def cast_of(figures: Sequence[Figure]) -> tuple[Looks, ...]:
    """The looks of figures that may meet in one shot, told apart where chance made twins.

    Of twins the one later in the alphabet wears another colour, only while they are together.
    """
    looks = {figure.name: looks_of(figure) for figure in sorted(figures, key=lambda f: f.name)}
    told = {f.name for f in figures if _colour(_garment(f.looks.lower())[1], COLOURS)}
    seen: list[Looks] = []
    for name, own in looks.items():
        twin = next((other for other in seen if _alike(own, other)), None)
        if twin is not None and name not in told:
            far = max(_CLOTHS, key=lambda cloth: _distance(cloth, twin.cloth))
            looks[name] = own = replace(own, cloth=far, under=_under(far))
        seen.append(own)
    return tuple(looks[figure.name] for figure in figures)


def _alike(one: Looks, other: Looks) -> bool:
    """Whether a viewer would take one for the other."""
    same = (one.kind, one.hair, one.hat) == (other.kind, other.hair, other.hat)
    return (
        same
        and _distance(one.cloth, other.cloth) < 70
        and _distance(one.hair_colour, other.hair_colour) < 90
        and _distance(one.skin, other.skin) < 90
    )


def _distance(one: Colour, other: Colour) -> float:
    return sum(abs(a - b) for a, b in zip(one[:3], other[:3], strict=True))


def _under(cloth: Colour) -> Colour:
    return (246, 240, 230) if luminance(cloth) < 0.72 else (92, 112, 150)


def _either(told: _Value | None, drawn: _Value) -> _Value:
    """What the words told, else what was drawn for the name."""
    return drawn if told is None else told


def _own_cloth(name: str) -> Colour:
    dye = _pick(name, "cloth", _CLOTHS)
    return _pick(name, "dye", (dye, lighter(dye, 0.14), darker(dye, 0.16)))


def _pick(name: str, trait: str, choices: Sequence[_Value]) -> _Value:
    """One of the choices, always the same for the same name and trait."""
    digest = hashlib.sha256(f"{trait}:{name}".encode()).digest()
    return choices[int.from_bytes(digest[:4], "big") % len(choices)]


def _first(words: str, table: tuple[tuple[str, _Value], ...]) -> _Value | None:
    return next((value for pattern, value in table if re.search(pattern, words)), None)


def _phrase(words: str, pattern: str) -> str:
    """The comma-separated part of the looks in which the pattern stands."""
    parts = re.split(r"[,;.，、。;]| and | with | und | et ", words)
    return " ".join(part for part in parts if re.search(pattern, part))


def _colour(phrase: str, table: dict[str, Colour]) -> Colour | None:
    for name in sorted(table, key=len, reverse=True):
        pattern = rf"\b{re.escape(name)}" if name.isascii() else re.escape(name)
        if re.search(pattern, phrase):
            return table[name]
    return None


def _east(name: str) -> bool:
    """Written in Chinese characters, kana or hangul."""
    return re.search(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", name) is not None


def _hair_colour(name: str, words: str, age: Age, skin: Colour) -> Colour:
    phrase = _phrase(words, r"hair|blond|ponytail|bun\b|braid|curls|发|髪|haar|cheveux")
    dark = luminance(skin) < 0.55 or _east(name)
    usual = _HAIR_CHOICE[:2] if dark else _HAIR_CHOICE
    drawn = HAIR_COLOURS[_pick(name, "hair colour", usual)]
    return _colour(phrase, HAIR_COLOURS) or ((214, 214, 220) if age == "old" else drawn)


def _garment(words: str) -> tuple[Garment | None, str]:
    """The garment worn outermost and the phrase that names it."""
    for pattern, garment in _GARMENTS:
        phrase = _phrase(words, pattern)
        if phrase:
            return garment, phrase
    return None, ""


def _age(words: str) -> Age | None:
    found = re.search(r"\b(\d{1,3})\b", words)
    if not found:
        return _first(words, _AGE_WORDS)
    years = int(found.group(1))
    return "child" if years < 13 else "young" if years < 36 else "middle" if years < 60 else "old"


def _woman(words: str) -> bool | None:
    """Whether drawn with a woman's features, by the first word that tells; None if none does."""
    woman, man = re.search(_WOMAN, words), re.search(_MAN, words)
    if woman and man:
        return woman.start() < man.start()
    return True if woman else False if man else None


def _by_name(name: str) -> bool | None:
    """What a common given name among the words of the name tells, if anything."""
    given = set(re.split(r"[\s.'-]+", name))
    woman, man = bool(given & _WOMENS_NAMES), bool(given & _MENS_NAMES)
    return woman if woman != man else None


def _skin(words: str) -> Colour | None:
    return next((_SKINS[i] for pattern, i in _SKIN_WORDS if re.search(pattern, words)), None)
