"""Figures of the picture: what no viewer should see, whoever is in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from review.evidence import BLOCK_PX, Evidence, Reading

BLACK_LUMA = 24
"""Of 255; a pixel no brighter is black, on a screen in a lit room."""
BLACK_AREA = 0.98
"""A frame is black when this share of its pixels is, as ffmpeg's blackdetect has it."""
STILL_LUMA = 4.0
"""Of 255; a block whose mean moved by no more stands still. x264's keyframes at crf 23 move a held
frame with grain by 3; a mouth of 2 by 4 pixels that opens moves its block by 7."""
CUT_LUMA = 9.0
"""Of 255; at a cut the blocks move by this much on average, beyond what the whole frame does."""
FLASH_FRAMES = 25
"""A second: by then lightning has faded."""
CUT_ABOVE = 4.0
"""Times what they move by in the frames around it, so that a fast pan is no cut."""
BLUR_TAPS = 9
"""Width in pixels of the blur that a picture is compared with, as in Crete et al. 2007."""


def black(evidence: Evidence) -> Reading:
    """Share of black frames."""
    if not len(evidence.luma):
        return None, "no picture"
    area = (evidence.luma <= BLACK_LUMA).mean(axis=(1, 2))
    return float((area >= BLACK_AREA).mean()), ""


def frozen(evidence: Evidence) -> Reading:
    """The longest time for which nothing in the picture moves."""
    if not len(evidence.luma):
        return None, "no picture"
    first, frames = _longest_still(evidence.blocks)
    return _still_s(first, frames, evidence.request.frame_rate)


def frozen_speaker(evidence: Evidence) -> Reading:
    """The longest time for which nothing moves while somebody speaks in the picture."""
    rate = evidence.request.frame_rate
    spans = [(0, 0)]
    for speech in evidence.seen_speeches():
        start, end = round(speech.start * rate), round(speech.end * rate)
        first, frames = _longest_still(evidence.blocks[start:end])
        spans.append((start + first, frames))
    if len(spans) == 1:
        return None, "nobody is seen speaking"
    return _still_s(*max(spans, key=lambda span: span[1]), rate)


def _longest_still(blocks: npt.NDArray[np.float32]) -> tuple[int, int]:
    """First frame and frame count of the longest run in which no block leaves its first value.

    Measured from the run's start, so that a slow push-in is no freeze.
    """
    longest, start = (0, 0), 0
    for index in range(1, len(blocks) + 1):
        if index < len(blocks) and np.abs(blocks[index] - blocks[start]).max() <= STILL_LUMA:
            continue
        longest = max(longest, (start, index - start), key=lambda run: run[1])
        start = index
    return longest


def _still_s(first: int, frames: int, rate: int) -> Reading:
    """Every frame is still for itself, so a run of n frames held for n - 1."""
    held = max(0, frames - 1) / rate
    return held, f"from {first / rate:.2f} s" if held >= 0.5 else ""


def flicker(evidence: Evidence) -> Reading:
    """How far a frame's brightness is from that of its neighbours, in the second where most.

    The median of a second, so that one flash or cut is none.
    """
    means = evidence.luma.mean(axis=(1, 2))
    rate = evidence.request.frame_rate
    if len(means) < rate + 2:
        return None, "too short"
    jumps = np.abs(means[1:-1] - (means[:-2] + means[2:]) / 2)
    seconds = np.lib.stride_tricks.sliding_window_view(jumps, rate)
    medians = np.median(seconds, axis=1)
    worst = int(medians.argmax())
    return float(medians[worst]), f"from {worst / rate:.1f} s" if medians[worst] >= 1 else ""


def blur(evidence: Evidence) -> Reading:
    """How little a picture would lose if it were blurred, in its most blurred second: 0 to 1.

    After Crete et al., The blur effect (2007): of the differences between neighbouring pixels, the
    share that a blur leaves; the larger of the two directions.
    """
    if not len(evidence.luma):
        return None, "no picture"
    step = max(1, evidence.request.frame_rate // 5)
    looks = np.array([_blur(frame.astype(np.float32)) for frame in evidence.luma[::step]])
    seconds = np.lib.stride_tricks.sliding_window_view(looks, min(5, len(looks)))
    return float(np.median(seconds, axis=1).max()), ""


def _blur(frame: npt.NDArray[np.float32]) -> float:
    shares = []
    for sharp in (frame, frame.T):
        sums = np.cumsum(np.pad(sharp, ((0, 0), (BLUR_TAPS // 2 + 1, BLUR_TAPS // 2)), "edge"), 1)
        soft = (sums[:, BLUR_TAPS:] - sums[:, :-BLUR_TAPS]) / BLUR_TAPS
        steps, left = np.abs(np.diff(sharp)), np.abs(np.diff(soft))
        lost = np.maximum(0, steps - left).sum()
        shares.append(float((steps.sum() - lost) / max(steps.sum(), 1.0)))
    return max(shares)


def cuts(evidence: Evidence) -> Reading:
    """Cuts inside what should be one shot."""
    found = [index / evidence.request.frame_rate for index in _cuts(evidence.blocks)]
    return float(len(found)), ", ".join(f"at {each:.2f} s" for each in found)


def _cuts(blocks: npt.NDArray[np.float32]) -> list[int]:
    """Frames whose picture is another than that of the frame before, brightness aside."""
    if len(blocks) < 3:
        return []
    light = blocks.mean(axis=(1, 2))
    flat = blocks - light[:, None, None]
    moved = np.abs(np.diff(flat, axis=0)).mean(axis=(1, 2))
    found = []
    for index, each in enumerate(moved):
        around = np.delete(moved[max(0, index - 6) : index + 7], min(index, 6))
        back = each > CUT_LUMA and _comes_back(flat, light, index, each)
        if each > CUT_LUMA and each > CUT_ABOVE * np.median(around) and not back:
            found.append(index + 1)
    return found


def _comes_back(
    flat: npt.NDArray[np.float32], light: npt.NDArray[np.float32], index: int, jump: float
) -> bool:
    """Whether a jump is of a flash: what was seen before it is seen again after it, a frame later,
    or within a second where the picture was brighter in between, as when lightning fades."""
    if index + 2 < len(flat) and np.abs(flat[index + 2] - flat[index]).mean() < jump / 2:
        return True
    bright = max(light[index], light[index + 1])
    before = [i for i in range(max(0, index - FLASH_FRAMES), index + 1) if light[i] < bright]
    end = min(len(flat), index + 2 + FLASH_FRAMES)
    after = [i for i in range(index + 1, end) if light[i] < bright]
    if not before or not after:
        return False
    apart = np.abs(flat[after][:, None] - flat[before][None]).mean(axis=(2, 3))
    return float(apart.min()) < jump / 2


def first_frame_error(evidence: Evidence) -> Reading:
    """How unlike the first frame is to the picture that it was to begin with: 0 for the same, 1
    for one that has nothing to do with it.

    One minus the correlation of block means; the picture fills the frame, cut at its sides.
    """
    wanted = evidence.request.reference
    if wanted is None:
        return None, "no first frame was given"
    if evidence.references is None or not (evidence.references / wanted).is_file():
        return None, "the picture is not here"
    if not evidence.colour:
        return None, "no picture"
    seen = Image.fromarray(evidence.colour[0])
    with Image.open(evidence.references / wanted) as given:
        upright = ImageOps.exif_transpose(given).convert("RGB")
    fitted = ImageOps.fit(upright, seen.size, Image.Resampling.BICUBIC)
    small = (max(2, seen.width // BLOCK_PX), max(2, seen.height // BLOCK_PX))
    one, other = (
        np.asarray(each.resize(small, Image.Resampling.BOX), np.float64).ravel()
        for each in (seen, fitted)
    )
    if one.std() < 1 or other.std() < 1:  # of one colour, where nothing correlates
        return min(1.0, float(np.abs(one - other).mean()) / 64), ""
    return float(np.clip(1 - np.corrcoef(one, other)[0, 1], 0, 1)), ""
