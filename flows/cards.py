"""End cards on their way into a film: drawn once, kept in the vault like any take."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime

from flows import vault
from flows.prepare import Cut, Production
from flows.shots import Chosen
from flows.studio import Studio
from media import card_fingerprint, media_file, write_card
from review import Verdict
from storage import media_type_of
from storyboard.cues import CueCard, CueShot
from storyboard.document import digest
from storyboard.request import Take


def key_of(production: Production, film: Cut, shot: CueShot) -> str:
    """What the card is called in the vault: a digest of all that it shows and of what draws it."""
    assert shot.card is not None
    language, aspect = film
    shown = {name: production.pictures.given[name] for name in _files(shot.card)}
    size = production.capabilities.aspects[aspect][1]
    rate = production.capabilities.frame_rate
    lasts = str(shot.seconds)
    return digest(shot.card, shown, language, list(size), rate, lasts, card_fingerprint())


def drawn(studio: Studio, production: Production, film: Cut, shot: CueShot) -> Chosen:
    """The card as a take, found in the vault or drawn now; there is nothing on it to judge.

    MediaError for a picture or a font that cannot be used.
    """
    assert shot.card is not None
    key = key_of(production, film, shot)
    take = vault.find_take(studio.vault, key) or _draw(studio, production, film, shot, key)
    verdict = Verdict(
        take=key,
        outcome="pass",
        reasons=(),
        score=1.0,
        policy=studio.policy.name,
        policy_digest=digest(studio.policy),
        section="silent",
        by="drawn",
        at=datetime.now(UTC),
    )
    return Chosen(attempt=0, take=take, verdict=verdict)


def _draw(studio: Studio, production: Production, film: Cut, shot: CueShot, key: str) -> Take:
    assert shot.card is not None
    language, aspect = film
    pictures = production.pictures
    folder = studio.scratch / f"card-{key}-{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    write_card(
        shot.card,
        {name: pictures.files[pictures.given[name]] for name in _files(shot.card)},
        folder,
        language=language,
        size=production.capabilities.aspects[aspect][1],
        seconds=shot.seconds,
        frame_rate=production.capabilities.frame_rate,
    )
    files = ("poster.jpg", "render.mp4")
    take = Take(
        key=key,
        engine="card",
        fingerprint=card_fingerprint(),
        seed=0,
        seconds=shot.seconds,
        files=tuple(media_file(folder / name, media_type_of(name)) for name in files),
    )
    kept = vault.keep_drawn(studio.vault, take, folder)
    shutil.rmtree(folder)
    return kept


def _files(card: CueCard) -> tuple[str, ...]:
    named = (card.logo, card.picture, card.backdrop, card.font)
    return tuple(name for name in named if name is not None)
