"""A row in a template: the storyboard of one ad."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jinja2 import TemplateError

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
from storyboard.campaign.ad import Ad, AdCard, AdForm, AdShot, Says, compiled, condition, used
from storyboard.campaign.brand import Brand
from storyboard.campaign.prices import priced
from storyboard.campaign.rows import AdSeconds, Fault, Row, RowRefused
from storyboard.campaign.wording import cut_to
from storyboard.cue import LEAD, TAIL
from storyboard.headings import setting
from storyboard.names import distinct, slug
from storyboard.speech import speech_seconds

PRODUCT, LOGO, BACKDROP, FONT, PORTRAIT = "product", "logo", "backdrop", "font", "portrait"
"""What an ad's storyboard calls its files; whoever makes it says which files they are."""

SLACK = Fraction(1, 25)
"""An ad may be over its length by a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """The storyboard of one row's ad, and what had to be done to its words."""

    board: Storyboard
    seconds: AdSeconds
    warnings: tuple[Fault, ...] = ()


def film(
    row: Row,
    ad: Ad,
    brand: Brand,
    *,
    seconds: AdSeconds,
    languages: tuple[str, ...],
    campaign: str,
    file: str = "",
) -> Film:
    """The ad of one row, with words in its own language and in those of `languages` that the row
    and the template have whole; what is missing is for a translator (`missing_lines`).

    The same row always gives the same storyboard. `campaign` is the slug that the film's own
    begins with, `file` the sheet's path for messages. RowRefused where the row lacks what the
    template needs, or its words are too long for the ad.
    """
    form = ad.form(row.seconds or seconds)
    if form is None:
        raise RowRefused((_no_such_length(row, ad, row.seconds or seconds),))
    if missing := tuple(_missing(row, ad)):
        raise RowRefused(missing)
    filler = _Filler(row, ad, brand, file)
    warnings = filler.trim(form)
    tags = tuple(dict.fromkeys((row.language, *languages)))
    board = filler.board(form, tags, campaign)
    if not board.shots():
        raise RowRefused((_nothing(row, ad),))
    faults = tuple(fault for tag in tags for fault in overlong(board, row, form.seconds, tag))
    if faults:
        raise RowRefused(faults)
    return Film(board=board, seconds=form.seconds, warnings=tuple(warnings))


def overlong(board: Storyboard, row: Row, seconds: AdSeconds, tag: str) -> Iterator[Fault]:
    """Whether the ad is longer than it may be in a language it has words in, and which words make
    it so; nothing where it fits. For translations too, once they are there."""
    over = Fraction(0)
    longest: tuple[Fraction, Shot] | None = None
    for shot in board.shots():
        spoken = sum(
            (speech_seconds(line.text[tag], tag) for line in shot.lines if line.text.get(tag)),
            Fraction(0),
        )
        asked = shot.seconds or Fraction(0)
        more = max(LEAD + spoken + TAIL - asked, Fraction(0)) if spoken else Fraction(0)
        over += more
        if more and (longest is None or more > longest[0]):
            longest = more, shot
    if longest is None or over <= SLACK:
        return
    more, shot = longest
    words = next(line.text[tag] for line in shot.lines if line.text.get(tag))
    room = (shot.seconds or Fraction(0)) - LEAD - TAIL
    take = float(more + room)
    yield row.fault(
        _column(row, shot, tag),
        "too-long",
        f"{_short(words)!r} takes {take:.1f} s to say in {tag}, and the {shot.id} of "
        f"a {seconds} s ad has {float(room):.1f} s",
        f"shorten it by about {_share(more, take)}, or ask for a longer ad in `duration`",
    )


def _share(more: Fraction, take: float) -> str:
    return f"{max(5, round(float(more) / take * 100)):d} %"


def _column(row: Row, shot: Shot, tag: str) -> str:
    """The column most of the shot's words come from."""
    said = " ".join(line.text[tag] for line in shot.lines if line.text.get(tag))
    given = {name: by_tag.get(tag, "") for name, by_tag in row.texts.items() if name != "product"}
    inside = {name: words for name, words in given.items() if words and words.rstrip(".。") in said}
    if not inside:
        return "product" if row.texts["product"].get(tag, row.product) in said else ""
    name = max(inside, key=lambda each: len(inside[each]))
    return name if tag == row.language else f"{name}_{tag}"


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:39].rstrip() + "…"


def _missing(row: Row, ad: Ad) -> Iterator[Fault]:
    for name, field in ad.fields.items():
        there = row.price is not None if field.kind == "price" else bool(row.texts.get(name))
        if field.kind == "name" and there and row.language not in row.texts[name]:
            there = False
        if field.required and not there:
            yield row.fault(
                name,
                "missing",
                f"the template {ad.name} needs it",
                f"fill it, or give the field `{name}` a default in the template",
            )


def _no_such_length(row: Row, ad: Ad, seconds: AdSeconds) -> Fault:
    lengths = ", ".join(str(form.seconds) for form in ad.forms)
    return row.fault(
        "duration",
        "duration",
        f"the template {ad.name} has no form of {seconds} s",
        f"give {lengths}",
    )


def _nothing(row: Row, ad: Ad) -> Fault:
    return row.fault(
        "",
        "missing",
        f"nothing of the template {ad.name} is left for what the row has",
        "fill more of its fields: " + ", ".join(ad.fields),
    )


class _Filler:
    """Fills one row into one template."""

    def __init__(self, row: Row, ad: Ad, brand: Brand, file: str) -> None:
        self._row = row
        self._ad = ad
        self._brand = brand
        self._texts = dict(row.texts)
        self._source = Source(file=file, line=row.line)
        self._offers = priced(row.price) if row.price else {}
        self._known: dict[str, tuple[dict[str, str], frozenset[str]]] = {}

    def trim(self, form: AdForm) -> Iterator[Fault]:
        """Cut a shop's description to what the shot that speaks it holds; gives warnings."""
        row, own = self._row, self._row.language
        found: list[Fault] = []
        copy = self._texts.get("copy", {}).get(own, "")
        rooms = [shot.seconds - LEAD - TAIL for shot in form.shots() if _speaks(shot, "copy")]
        if row.trimmed and copy and rooms:
            kept = cut_to(copy, own, min(rooms))
            if kept != copy:
                self._texts["copy"] = {own: kept} if kept else {}
                found.append(_trimmed(row, kept))
        return iter(found)

    def board(self, form: AdForm, tags: tuple[str, ...], campaign: str) -> Storyboard:
        values, _ = self._values(self._row.language)
        title = self._render(self._ad.title, values)
        scene_ids: dict[str, int] = {}
        shot_ids: dict[str, int] = {}
        scenes = []
        for given in form.scenes:
            heading = self._render(given.heading, values)
            where = setting(heading)
            shots = tuple(self._shot(shot, tags, values, shot_ids) for shot in given.shots)
            kept = tuple(shot for shot in shots if shot is not None)
            if kept:
                scenes.append(
                    Scene(
                        id=distinct(slug(heading, otherwise="scene"), scene_ids),
                        heading=heading,
                        interior=where.interior,
                        place=where.place,
                        time_of_day=where.time_of_day,
                        sound=self._render(given.sound, values),
                        shots=kept,
                        source=self._source,
                    )
                )
        return Storyboard(
            title=title,
            slug=_slug(campaign, self._row.id),
            language=self._row.language,
            characters=(self._presenter(),),
            scenes=tuple(scenes),
            source=self._source,
        )

    def _presenter(self) -> Character:
        own, given = self._brand.presenter, self._ad.presenter
        return Character(
            id="presenter",
            name=own.name or given.name or "PRESENTER",
            looks=own.looks or given.looks,
            voice=self._row.voice or own.voice or given.voice,
            reference=PORTRAIT if own.reference else None,
            source=self._source,
        )

    def _shot(
        self, given: AdShot, tags: tuple[str, ...], values: Mapping[str, str], ids: dict[str, int]
    ) -> Shot | None:
        if given.when and not condition(given.when)(**values):
            return None
        name = distinct(slug(given.part, otherwise="shot"), ids)
        lines = tuple(self._lines(given.says, f"{name}.1", tags)) if given.says else ()
        if given.says and not lines and not given.action:
            return None
        return Shot(
            id=name,
            framing=given.framing,
            action=self._render(given.action, values),
            sound=self._render(given.sound, values),
            cast=("presenter",) if given.presenter else (),
            lines=lines,
            transition=given.transition,
            seconds=given.seconds,
            reference=PRODUCT if given.picture else None,
            card=self._card(given.card, name, tags) if given.card else None,
            source=self._source,
        )

    def _lines(self, says: Says, name: str, tags: tuple[str, ...]) -> Iterator[Line]:
        text = self._worded(says.text, tags)
        if any(words.strip() for words in text.values()):
            yield Line(
                id=name,
                speaker="presenter",
                text=text,
                delivery=says.delivery,
                heard_only=says.heard_only,
                source=self._source,
            )

    def _card(self, given: AdCard, shot: str, tags: tuple[str, ...]) -> Card:
        worded = {role: self._worded(words, tags) for role, words in given.words.items()}
        if "small" not in worded and self._brand.small_print:
            print_ = self._brand.small_print
            worded["small"] = {tag: print_[tag] for tag in tags if tag in print_} or dict(print_)
        return Card(
            words=tuple(
                CardWords(id=f"{shot}.{role}", role=role, text=text, source=self._source)
                for role, text in worded.items()
                if any(words.strip() for words in text.values())
            ),
            ground=self._brand.colours.ground,
            ink=self._brand.colours.ink,
            accent=self._brand.colours.accent,
            logo=LOGO if self._brand.logo else None,
            picture=PRODUCT if given.picture else None,
            backdrop=BACKDROP if self._brand.backdrop else None,
            font=FONT if self._brand.font else None,
        )

    def _worded(self, words: str | Mapping[str, str], tags: tuple[str, ...]) -> dict[str, str]:
        """The words in every one of those languages in which all that they use is known."""
        made: dict[str, str] = {}
        for tag in tags:
            template = words if isinstance(words, str) else words.get(tag)
            values, unknown = self._values(tag)
            if template is not None and not used(template) & unknown:
                made[tag] = self._render(template, values)
        return made

    def _values(self, tag: str) -> tuple[dict[str, str], frozenset[str]]:
        """What the fields are in a language, and which of them nobody has said in it."""
        if tag not in self._known:
            self._known[tag] = self._looked_up(tag)
        return self._known[tag]

    def _looked_up(self, tag: str) -> tuple[dict[str, str], frozenset[str]]:
        row = self._row
        values = {"brand": self._brand.name, "variant": row.variant, "language": tag}
        unknown: set[str] = set()
        defaults: dict[str, str] = {}
        for name, field in self._ad.fields.items():
            by_tag = self._texts.get(name, {})
            values[name] = ""
            if field.kind == "price":
                values[name] = self._offers.get(tag, "")
            elif tag in by_tag:
                values[name] = by_tag[tag]
            elif field.kind == "name":
                values[name] = by_tag.get(row.language, "")
            elif by_tag:
                unknown.add(name)
            elif tag in field.default:
                defaults[name] = field.default[tag]
            elif field.default:
                unknown.add(name)
        for name, template in defaults.items():
            if used(template) & unknown:
                unknown.add(name)
            else:
                values[name] = self._render(template, values)
        return values, frozenset(unknown)

    def _render(self, template: str, values: Mapping[str, Any]) -> str:
        if "{" not in template:  # most are plain words, and ten thousand rows are a lot of them
            return _single_spaced(template)
        try:
            return _single_spaced(compiled(template).render(values))
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise RowRefused((_unfilled(self._row, self._ad, template, error),)) from error


def _single_spaced(words: str) -> str:
    """On one line; the spaces that hold a price together stay."""
    return _SPACES.sub(" ", words).strip()


_SPACES = re.compile(r"[ \t\r\n]+")


def _speaks(shot: AdShot, field: str) -> bool:
    if shot.says is None:
        return False
    texts = [shot.says.text] if isinstance(shot.says.text, str) else shot.says.text.values()
    return any(field in used(text) for text in texts)


def _trimmed(row: Row, kept: str) -> Fault:
    said = f"the description was cut to {_short(kept)!r}" if kept else "no sentence of it fits"
    return row.fault(
        "copy",
        "cut",
        said,
        "write words for the ad in a campaign sheet of ours to have others",
    )


def _unfilled(row: Row, ad: Ad, template: str, error: Exception) -> Fault:
    return row.fault(
        "",
        "template",
        f"{_short(template)!r} of the template {ad.name} cannot be filled: {error}",
        "mend the template",
    )


def _slug(campaign: str, row: str) -> str:
    """The campaign's and the row's, as one safe name; long ones are told apart by a digest."""
    whole = f"{campaign}-{row}"
    return (
        whole if len(whole) <= 90 else f"{slug(whole, otherwise='ad')[:50]}-{row[-30:]}".strip("-")
    )
