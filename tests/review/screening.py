"""A vault at the gate, made without an engine: takes, verdicts and the sheet a run would leave."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn

from flows import vault
from flows.dailies.screening import Screening, open_screening
from flows.errors import OrderError
from flows.settings import Settings
from flows.vault import Vault
from media.takes import encode_take
from review import (
    Measurement,
    Measurements,
    Sheet,
    SheetLine,
    SheetScene,
    SheetShot,
    Verdict,
    candidate,
    judge,
)
from review.dailies import Stage
from review.safety import Guests
from review.server import review_app
from review.transcript import FIGURE, HEARD
from storage import StoreError, media_type_of, sheet_key
from storyboard.request import MediaFile, Take
from tests.review.production import NOON, a_policy, a_poster, a_request, figures

SLUG, VERSION = "still-in-use", "3f9a1c07"
PLACE = f"/p/{SLUG}/{VERSION}"
SIZE = (144, 256)

LINES = {
    "en": "At midnight I switch this light off. For good.",
    "ja-JP": "真夜中に、この灯を消します。永久に。",
}

MISHEARD = "at midnight I switch the light off for good"


def key_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def make_vault(folder: Path, location: Path) -> None:
    """A vault with one production, left at the gate; `folder` keeps a film to copy."""
    settings = Settings(home=folder / "home")
    film = folder / "film.mp4"
    if not film.exists():
        _film(film)
    with vault.open_vault(str(location), settings) as kept:
        shots = (
            _shot(kept, folder, "lamp-01", None, ("fine",), stage="rendered", rendered=True),
            _shot(kept, folder, "lamp-02", "en", ("doubt", "fine", "bad"), stage="waiting"),
            _shot(kept, folder, "lamp-02", "ja-JP", ("doubt",), stage="waiting"),
            _shot(kept, folder, "cliff-01", "en", ("fine",), stage="passed"),
            _shot(
                kept,
                folder,
                "cliff-01",
                "ja-JP",
                ("bad", "bad"),
                stage="failed",
                reason="no take passed the gate in 2: speech_level is -70 dBFS, retry",
            ),
            _shot(kept, folder, "cliff-02", None, (), stage="planned"),
        )
        put_sheet(kept, shots)


def put_sheet(kept: Vault, shots: Sequence[SheetShot]) -> None:
    sheet = Sheet(
        slug=SLUG,
        version=VERSION,
        title="Still in Use",
        language="en",
        engine="animatic",
        policy="strict",
        people="doubtful",
        status="waiting",
        began=NOON,
        at=NOON,
        scenes=(
            SheetScene(id="lamp", heading="INT. LIGHTHOUSE LAMP ROOM - NIGHT"),
            SheetScene(id="cliff", heading="EXT. CLIFF BY THE LIGHTHOUSE - NIGHT"),
        ),
        shots=tuple(shots),
    )
    kept.store.put(sheet_key(SLUG, VERSION), sheet.model_dump_json().encode())


def _shot(
    kept: Vault,
    folder: Path,
    shot: str,
    language: str | None,
    takes: Sequence[str],
    *,
    stage: Stage,
    reason: str = "",
    rendered: bool = False,
) -> SheetShot:
    job = key_of(f"{shot} {language} 0")
    made = []
    for attempt, kind in enumerate(takes):
        key = key_of(f"{shot} {language} {attempt}")
        take = _take(kept, folder, key, attempt, rendered=rendered)
        verdict = _verdict(kept, key, kind)
        made.append(candidate(attempt, take, verdict))
    best = max(made, key=lambda each: (each.outcome == "pass", each.score), default=None)
    words = LINES.get(language or "", "")
    line = SheetLine(
        line=f"{shot}.1",
        speaker="TOM",
        text=words,
        whole=words,
        script=words,
        original="" if language == "en" else LINES["en"],
    )
    return SheetShot(
        job=job,
        shot=shot,
        scene=shot.partition("-")[0],
        language=language,
        languages=(language,) if language else tuple(LINES),
        aspect="9:16",
        framing="medium" if language else "wide",
        action="" if language else "A storm beats at the glass. The great lamp turns.",
        seconds=5,
        lines=(line,) if language else (),
        takes=tuple(made),
        stage=stage,
        kept=best.take if best and stage != "failed" else None,
        reason=reason,
    )


def _take(kept: Vault, folder: Path, key: str, attempt: int, *, rendered: bool) -> Take:
    work = folder / key
    work.mkdir(exist_ok=True)
    names = ["preview.mp4", "poster.jpg", "base.safetensors"]
    names += ["render.mp4"] if rendered else []
    (work / "base.safetensors").write_bytes(b"latents are for engines")
    (work / "poster.jpg").write_bytes(a_poster(key[:4], SIZE))
    for name in names:
        if name.endswith(".mp4"):
            shutil.copyfile(folder / "film.mp4", work / name)
    files = tuple(_described(work / name) for name in names)
    take = Take(
        key=key,
        engine="animatic",
        fingerprint="f",
        seed=4200 + attempt,
        seconds=5,
        files=files,
        engine_seconds={"preview": 1.9},
    )
    if rendered:
        vault.keep_render(kept, take, work)
        take = take.model_copy(update={"files": files[:3]})
    return vault.keep_preview(kept, take, work)


def _described(path: Path) -> MediaFile:
    content = path.read_bytes()
    kind = media_type_of(path.name)
    digest = hashlib.sha256(content).hexdigest()
    return MediaFile(name=path.name, sha256=digest, size=len(content), media_type=kind)


def _verdict(kept: Vault, key: str, kind: str) -> Verdict:
    changes = {"fine": {}, "doubt": {"black": 0.2}, "bad": {"speech_level": -70.0}}[kind]
    taken = figures(**changes).root
    others = tuple(each for each in taken if each.name != FIGURE)
    heard = Measurement(name=FIGURE, value=0.1, unit="", version=1, detail=HEARD + MISHEARD)
    measured = Measurements((*others, heard))
    verdict = judge(measured, a_policy("default"), a_request(), take=key, at=NOON)
    vault.keep_verdict(kept, verdict)
    return verdict


def _film(path: Path) -> None:
    """A second of a bar crossing a dark picture."""
    frames = np.full((10, SIZE[1], SIZE[0], 3), (24, 34, 52), np.uint8)
    for index, frame in enumerate(frames):
        frame[:, index * 14 : index * 14 + 8] = (244, 214, 132)
    hum = np.tile(0.1 * np.sin(np.arange(48_000) / 35), (2, 1)).astype(np.float32)
    encode_take(
        path,
        iter(frames),
        hum,
        rate_hz=48_000,
        frame_rate=10,
        size=SIZE,
        quality="preview",
        tags={},
    )


@contextmanager
def serving(
    location: Path,
    home: Path,
    guests: Guests | None = None,
    *,
    port: int = 0,
    reviewer: str = "Anna",
) -> Iterator[tuple[str, Screening]]:
    """A real server over the vault; its address, and its desk."""
    with open_screening(str(location), Settings(home=home)) as desk, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        closed = (StoreError, OrderError)
        app = review_app(desk, guests or Guests({}), reviewer=reviewer, closed=closed)
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", desk
        finally:
            server.should_exit = True
            thread.join(20)


def decisions(location: Path, shot: str, language: str | None) -> list[dict[str, object]]:
    """What the vault holds about a shot, in order."""
    folder = location / "productions" / SLUG / "decisions" / key_of(f"{shot} {language} 0")
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def media(key: str, name: str) -> str:
    return f"/media/{key}/{name}"
