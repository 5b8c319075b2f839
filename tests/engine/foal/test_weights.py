"""The weights in the package: that they fit in it, and that they have learnt."""

from __future__ import annotations

import pytest

from engine.foal.engine import FoalEngine
from engine.foal.evaluate.columns import Foal, psnr_db
from engine.foal.evaluate.lips import read_lips
from engine.foal.plan import rehearse
from engine.foal.requests import sample_request
from engine.foal.settings import packaged
from engine.foal.teacher import taught
from engine.foal.weights import FILES


def test_all_weights_together_stay_under_thirty_megabytes_and_have_cards() -> None:
    folder = packaged().folder()
    assert sum((folder / name).stat().st_size for name in FILES.values()) < 30e6
    for name in FILES.values():
        assert "**Limits**" in (folder / name).with_suffix(".md").read_text()


@pytest.mark.parametrize("seed", [507])
def test_a_shot_never_learnt_from_is_drawn_as_it_was_asked_for(seed: int) -> None:
    request = sample_request(seed, held_out=True)
    rehearsal = rehearse(request)
    truth = taught(rehearsal)
    made = Foal(FoalEngine(packaged())).generated(request)
    other = taught(rehearse(sample_request(seed + 20, held_out=True)))
    assert psnr_db(truth.frames, made.frames) > 20
    if other.frames.shape == truth.frames.shape:
        assert psnr_db(other.frames, made.frames) < 17
    (mouth,) = read_lips(rehearsal, made)
    assert mouth.plan.correlation > 0.5
