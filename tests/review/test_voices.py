"""The voice network in NumPy is the one that PyTorch computes, and hears what is in the sound."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from review.voices import BANDS, LAYERS, PIECE, UNITS, GeneralizedVoices, mel_bands


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(3)

    def some(*shape: int) -> np.ndarray:
        return chance.normal(0, 0.12, shape).astype(np.float32)

    found = {"linear.weight": some(UNITS, UNITS), "linear.bias": some(UNITS)}
    for layer in range(LAYERS):
        into = UNITS if layer else BANDS
        found[f"lstm.weight_ih_l{layer}"] = some(4 * UNITS, into)
        found[f"lstm.weight_hh_l{layer}"] = some(4 * UNITS, UNITS)
        for kind in ("ih", "hh"):
            found[f"lstm.bias_{kind}_l{layer}"] = some(4 * UNITS)
    return found


def test_a_print_is_what_pytorch_makes_of_the_same_weights(weights: dict[str, np.ndarray]) -> None:
    """One piece of exactly 1.6 s, so that nothing is averaged."""
    chance = np.random.default_rng(4)
    sound = (0.1 * chance.standard_normal(160 * (PIECE - 1))).astype(np.float32)
    bands = mel_bands(sound)
    assert bands.shape == (PIECE, BANDS)
    lstm = torch.nn.LSTM(BANDS, UNITS, LAYERS, batch_first=True)
    lstm.load_state_dict(
        {k.removeprefix("lstm."): torch.tensor(v) for k, v in weights.items() if "lstm" in k}
    )
    with torch.no_grad():
        _, (hidden, _) = lstm(torch.tensor(bands)[None])
        linear = torch.tensor(weights["linear.weight"]), torch.tensor(weights["linear.bias"])
        raw = torch.relu(torch.nn.functional.linear(hidden[-1], *linear))[0]
    expected = (raw / raw.norm()).numpy()
    assert GeneralizedVoices(weights, "random").print(sound) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.6, 4.0])
def test_every_print_has_length_one(weights: dict[str, np.ndarray], seconds: float) -> None:
    chance = np.random.default_rng(5)
    sound = (0.05 * chance.standard_normal(int(16_000 * seconds))).astype(np.float32)
    assert np.linalg.norm(GeneralizedVoices(weights, "random").print(sound)) == pytest.approx(1)


def test_a_tone_lies_in_the_band_around_it() -> None:
    """Slaney's scale: bands of 40 between 0 and 8 kHz, even in hertz below 1 kHz."""
    time = np.arange(16_000) / 16_000
    tops = [
        int(mel_bands(np.sin(2 * np.pi * hertz * time).astype(np.float32))[20].argmax())
        for hertz in (200, 600, 1000, 3000, 7000)
    ]
    assert tops == sorted(set(tops))
    assert tops[2] - tops[1] == pytest.approx(tops[1] - tops[0], abs=1), "even below 1 kHz"
    assert tops[-1] >= 36
