"""`python -m engine.foal`: make the data, train each part, look at what it makes, pack the weights.

    python -m engine.foal data --moving 2000 --still 8000
    python -m engine.foal learn video-code --minutes 30
    python -m engine.foal learn audio-code --minutes 10
    python -m engine.foal code
    python -m engine.foal learn upscaler --minutes 10
    python -m engine.foal learn transformer --minutes 120
    python -m engine.foal learn video-decoder --minutes 20
    python -m engine.foal sheet
    python -m engine.foal pack

Every part resumes from what lies in the data folder, else from the weights in the package.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file

from engine.foal import (
    dataset,
    learn,
    learn_audio_code,
    learn_upscaler,
    learn_video_code,
    learn_video_decoder,
)
from engine.foal.audio_code import AudioCode, AudioCodeConfig
from engine.foal.lessons import code_lessons
from engine.foal.settings import packaged
from engine.foal.sheet import draw_sheet, held_out
from engine.foal.upscaler import Upscaler, UpscalerConfig
from engine.foal.video_code import VideoCode, VideoCodeConfig
from engine.foal.weights import FILES, kept, opened, save
from engine.interface import EngineError, EngineUnavailable
from engine.joint.transformer import Transformer

PARTS = ("video-code", "audio-code", "upscaler", "transformer", "video-decoder")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asked = _asked()
    torch.set_num_threads(asked.threads)
    asked.data.mkdir(parents=True, exist_ok=True)
    work = {"data": _data, "code": _code, "learn": _learn, "sheet": _sheet, "pack": _pack}
    try:
        work[asked.what](asked)
    except EngineError as error:
        sys.exit(str(error))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m engine.foal",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path(".foal"), help="where everything is kept")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    what = parser.add_subparsers(dest="what", required=True)
    data = what.add_parser("data", help="draw and speak shots to learn from")
    data.add_argument("--moving", type=int, default=7000)
    data.add_argument("--still", type=int, default=12000)
    what.add_parser("code", help="bring the shots into latents, with the codes as they are")
    train = what.add_parser("learn", help="train one part for so many minutes")
    train.add_argument("part", choices=PARTS)
    train.add_argument("--minutes", type=minutes, default=60)
    train.add_argument("--rate", type=float, default=3e-3, help="of the picture code")
    train.add_argument(
        "--each", type=int, default=8, help="shots of a shard denoised for the picture decoder"
    )
    train.add_argument("--batch", type=int, default=12)
    train.add_argument("--groups", type=int, default=1, help="batches that make a step")
    train.add_argument("--device", default="cpu")
    train.add_argument(
        "--latents", type=int, nargs="+", default=[2], help="picture latents seen of one shot"
    )
    train.add_argument(
        "--decay-from", type=float, default=0.5, help="share of the time after which rates fall"
    )
    train.add_argument("--matrix-rate", type=float, default=0.008)
    what.add_parser("sheet", help="draw held-out shots with the weights as they are")
    what.add_parser("pack", help="put the trained weights into the package, in half precision")
    return parser.parse_args()


def minutes(said: str) -> float:
    found = float(said)
    if not found > 0:
        raise ValueError
    return found


def _there(data: Path, pattern: str, step: str) -> None:
    """EngineUnavailable where nothing in the data folder is called like that."""
    if not any(data.glob(pattern)):
        raise EngineUnavailable(
            f"there is no {pattern} in {data} to learn from: run `python -m engine.foal {step}`"
        )


def _data(asked: argparse.Namespace) -> None:
    dataset.make(asked.data, moving=asked.moving, still=asked.still, processes=asked.threads)


def _code(asked: argparse.Namespace) -> None:
    codes = (_video_code(asked.data), _audio_code(asked.data))
    code_lessons(asked.data, codes, asked.threads)


def _learn(asked: argparse.Namespace) -> None:
    name = FILES["video_code" if asked.part == "video-decoder" else asked.part.replace("-", "_")]
    out, shipped = asked.data / name, packaged().folder() / name
    if not out.exists() and shipped.exists():
        save({key: value.float() for key, value in load_file(shipped).items()}, out)
    if asked.part == "video-code":
        _there(asked.data, "*-*.pt", "data")
        learn_video_code.learn(asked.data, out, minutes=asked.minutes, rate=asked.rate)
    elif asked.part == "video-decoder":
        _there(asked.data, "lessons/moving-*.pt", "code")
        learn_video_decoder.make(
            asked.data, _transformer(asked.data), packaged().sampler,
            each=asked.each, processes=asked.threads,
        )  # fmt: skip
        learn_video_decoder.learn(asked.data, out, minutes=asked.minutes, rate=asked.rate)
    elif asked.part == "audio-code":
        learn_audio_code.learn(out, asked.data / "waves.cache", minutes=asked.minutes)
    elif asked.part == "upscaler":
        learn_upscaler.learn(out, _video_code(asked.data), minutes=asked.minutes)
    else:
        _there(asked.data, "lessons/*.pt", "code")
        course = learn.Course(
            minutes=asked.minutes, batch=asked.batch, groups=asked.groups,
            latents=tuple(asked.latents),
            matrix_rate=asked.matrix_rate, decay_from=asked.decay_from,
        )  # fmt: skip
        learn.learn(
            packaged().transformer, course, asked.data, out,
            device=asked.device, look=_looker(asked.data),
        )  # fmt: skip


def _looker(data: Path) -> Callable[[Transformer, int], None]:
    """Draws sheets of held-out shots into the data folder, as a model learns."""
    (data / "sheets").mkdir(exist_ok=True)
    known = cache(lambda: (_video_code(data), held_out(12)))  # of several processes one draws

    def look(model: Transformer, steps: int) -> None:
        code, shots = known()
        path = data / "sheets" / f"{time.strftime('%m%d-%H%M')}-{steps:06d}.png"
        draw_sheet(model, code, packaged().sampler, shots, path)

    return look


def _sheet(asked: argparse.Namespace) -> None:
    _looker(asked.data)(_transformer(asked.data).multiply_in(torch.bfloat16), 0)


def _pack(asked: argparse.Namespace) -> None:
    parts: dict[str, torch.nn.Module] = {
        "transformer": Transformer(packaged().transformer, torch.float32),
        "video_code": VideoCode(VideoCodeConfig()),
        "audio_code": AudioCode(AudioCodeConfig()),
        "upscaler": Upscaler(UpscalerConfig()),
    }
    packed = False
    for name, part in parts.items():
        path = asked.data / FILES[name]
        if path.exists():
            kept(opened(part, path), packaged().folder() / FILES[name])
            print(f"{FILES[name]} packed")
            packed = True
    if not packed:
        raise EngineUnavailable(f"there are no weights in {asked.data} to pack")


def _transformer(data: Path) -> Transformer:
    model = Transformer(packaged().transformer, torch.float32)
    return opened(model, _newest(data, "transformer"))


def _video_code(data: Path) -> VideoCode:
    return opened(VideoCode(VideoCodeConfig()), _newest(data, "video_code"))


def _audio_code(data: Path) -> AudioCode:
    return opened(AudioCode(AudioCodeConfig()), _newest(data, "audio_code"))


def _newest(data: Path, name: str) -> Path:
    """The weights in training, else those of the package."""
    path = data / FILES[name]
    return path if path.exists() else packaged().folder() / FILES[name]


if __name__ == "__main__":
    main()
