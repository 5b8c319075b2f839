"""Checkpoints from disk into modules built on `meta`: mapped, cast, strict, and never run as code.

Every tensor goes from the mapped file to its device in the dtype of the module, one at a time, so
a checkpoint of 61 GB in float32 needs no 61 GB of memory. Every way a file can be wrong ends in a
`WeightsError` that names the file and says what to do.
"""

from __future__ import annotations

import json
import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

INDEX = "model.safetensors.index.json"
SINGLE = ("model.safetensors", "diffusion_pytorch_model.safetensors")
INDEXES = (INDEX, "diffusion_pytorch_model.safetensors.index.json")
PICKLES = {".pth", ".pt", ".ckpt", ".bin"}
PREFIXES = ("module.", "model.diffusion_model.", "transformer.", "pretransform.model.", "model.")
"""What others put before the published names; taken off where a file needs it."""

SCALE = ".__fp8_scale"
"""Beside an 8-bit tensor of that name: the number it was divided by."""

LONGEST_HEADER = 100_000_000
POINTER = b"version https://git-lfs"

Part = TypeVar("Part", bound=nn.Module)


class WeightsError(ValueError):
    """A weight file cannot be used; the message names it and says what to do."""


class Family:
    """What a set of tensors is, told by names that nothing else has."""

    TRANSFORMER = "a joint transformer under its published names"
    SPLIT = "a joint transformer with its products split by role and modality"
    FOREIGN = "a transformer under another library's names"
    TURBO = "a Turbo video decoder"
    VIDEO_VAE = "a Wan 2.2 video autoencoder"
    AUDIO_VAE = "a Stable Audio autoencoder"
    TEXT = "a T5Gemma text encoder"
    UNKNOWN = "nothing this engine knows"


_MARKS: tuple[tuple[str, str], ...] = (
    (Family.SPLIT, r"block\.layers\.0\.attention\..*_video"),
    (Family.TRANSFORMER, r"adapter\.rope\.bands$"),
    (Family.TURBO, r"mid_block\.resnets\.0\.conv1\."),
    (Family.VIDEO_VAE, r"encoder\.downsamples\.0\.downsamples\."),
    (Family.AUDIO_VAE, r"decoder\.layers\.0\.weight_v$"),
    (Family.TEXT, r"encoder\.layers\.0\.self_attn\.q_proj\."),
    (Family.FOREIGN, r"blocks\.0\.(attn|attention|self_attn)"),
)
"""A name, as a pattern, that only this family has; the first that occurs decides."""


def family(names: Iterable[str]) -> str:
    """What the tensors of these names are; one of `Family`'s sentences."""
    listed = list(names)
    for sentence, mark in _MARKS:
        if any(re.search(mark, name) for name in listed):
            return sentence
    return Family.UNKNOWN


@dataclass(frozen=True, slots=True)
class Weights:
    """Named tensors on disk: where each is, and how to read it. Nothing is read before `get`."""

    path: Path
    names: frozenset[str]
    get: Callable[[str], Tensor]


def open_weights(path: Path, device: torch.device | str = "cpu") -> Weights:
    """The tensors of a file, or of a folder with an index or a single file."""
    if path.is_dir():
        return _folder(path, device)
    if not path.exists():
        raise WeightsError(f"{path}: not there; see docs/magihuman.md for how to get it")
    return _pickle(path, device) if path.suffix in PICKLES else _files({path: None}, path, device)


def load(
    build: Callable[[], Part],
    weights: Weights,
    *,
    device: torch.device | str = "cpu",
    expected: str = "",
) -> Part:
    """The module with exactly these weights, in its own dtypes: the list of what stays float32 is
    the module's. `expected` is the `Family` it should be, for a better message."""
    with torch.device("meta"):
        module = build()
    names = _matched(module, weights, expected)
    owners = {name: _owner(module, name) for name in names}
    for name, stored in names.items():
        owner, short = owners[name]
        blank = getattr(owner, short)
        value = _read(weights, stored, blank).to(device=device, dtype=blank.dtype)
        if isinstance(blank, nn.Parameter):
            owner.register_parameter(short, nn.Parameter(value, requires_grad=False))
        else:
            owner.register_buffer(short, value)
    return module.eval()


def _owner(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    path, _, short = name.rpartition(".")
    return module.get_submodule(path), short


def _matched(module: nn.Module, weights: Weights, expected: str) -> dict[str, str]:
    """Our name to the file's name, for every tensor of the module and none else."""
    wanted = set(module.state_dict())
    stored = {name for name in weights.names if not name.endswith(SCALE)}
    prefix = max(("", *PREFIXES), key=lambda p: len(wanted & _without(p, stored).keys()))
    found = _without(prefix, stored)
    missing, extra = sorted(wanted - found.keys()), sorted(found.keys() - wanted)
    if missing:
        raise WeightsError(f"{weights.path}: {_wrong(weights, expected)}{_few('lacks', missing)}")
    extra = [name for name in extra if not _ignored(found[name])]
    if extra:
        raise WeightsError(f"{weights.path}: {_wrong(weights, expected)}{_few('also has', extra)}")
    return {name: found[name] for name in wanted}


def _without(prefix: str, names: Iterable[str]) -> dict[str, str]:
    return {name[len(prefix) :]: name for name in names if name.startswith(prefix)}


def _ignored(name: str) -> bool:
    """Left over from training, in the Turbo checkpoint."""
    return "aligned_feature_projection" in name or name.endswith(("latents_mean", "latents_std"))


def _wrong(weights: Weights, expected: str) -> str:
    found = family(weights.names)
    return f"holds {found}, not {expected}; " if expected and found != expected else ""


def _few(verb: str, names: list[str]) -> str:
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"it {verb} {len(names)} tensors: {shown}. Get the whole checkpoint again"


def _read(weights: Weights, name: str, blank: Tensor) -> Tensor:
    value = weights.get(name)
    if value.shape != blank.shape:
        raise WeightsError(
            f"{weights.path}: {name} has shape {list(value.shape)}, but the engine's configuration "
            f"needs {list(blank.shape)}; use the configuration made for these weights"
        )
    scale = name + SCALE
    if scale in weights.names:
        return value.float() * weights.get(scale).float()
    return value


# --- safetensors --------------------------------------------------------------------------------


def _folder(folder: Path, device: torch.device | str) -> Weights:
    for name in INDEXES:
        if (folder / name).exists():
            return _files(_shards(folder / name), folder, device)
    for name in SINGLE:
        if (folder / name).exists():
            return _files({folder / name: None}, folder, device)
    if (folder / "transformer").is_dir():
        return _folder(folder / "transformer", device)
    single = sorted(folder.glob("*.safetensors"))
    if len(single) == 1:
        return _files({single[0]: None}, folder, device)
    raise WeightsError(
        f"{folder}: has neither {INDEX} nor a single safetensors file; see docs/magihuman.md"
    )


def _shards(index: Path) -> dict[Path, set[str] | None]:
    """The files an index names and the tensors it says are in each."""
    try:
        listed = json.loads(index.read_bytes())["weight_map"]
        pairs = [(str(name), str(shard)) for name, shard in listed.items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{index}: is not an index of shards; get it again") from error
    shards: dict[Path, set[str] | None] = {}
    for name, shard in pairs:
        if Path(shard).name != shard:
            raise WeightsError(
                f"{index}: names a file outside its folder, {shard!r}; do not use it"
            )
        held = shards.setdefault(index.parent / shard, set())
        assert held is not None
        held.add(name)
    return shards


def _files(
    files: Mapping[Path, set[str] | None], path: Path, device: torch.device | str
) -> Weights:
    where: dict[str, Path] = {}
    for file, promised in files.items():
        names = set(header(file))
        if promised is not None and not promised <= names:
            gone = sorted(promised - names)
            raise WeightsError(f"{file}: {_few('lacks', gone)}")
        where.update(dict.fromkeys(names if promised is None else promised, file))
    opened: dict[Path, Any] = {}

    def get(name: str) -> Tensor:
        file = where[name]
        try:
            if file not in opened:
                opened[file] = safe_open(file, framework="pt", device=str(device))
            tensor: Tensor = opened[file].get_tensor(name)
        except (SafetensorError, OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise WeightsError(f"{file}: {name} cannot be read: {error}") from error
        return tensor

    return Weights(path, frozenset(where), get)


def header(file: Path) -> dict[str, dict[str, Any]]:
    """Name to dtype, shape and place of every tensor of a safetensors file, checked against the
    size of the file. Nothing but the header is read."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            start = opened.read(max(8, len(POINTER)))
            _not_a_pointer(file, start)
            (length,) = struct.unpack("<Q", start[:8]) if len(start) >= 8 else (0,)
            if not 2 <= length <= min(LONGEST_HEADER, size - 8):
                raise WeightsError(
                    f"{file}: is cut short or is no safetensors file ({size} bytes); get it again"
                )
            opened.seek(8)
            raw = opened.read(length)
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror or error}") from error
    return _entries(file, raw, size - 8 - length)


def _entries(file: Path, raw: bytes, body: int) -> dict[str, dict[str, Any]]:
    try:
        listed = json.loads(raw)
        listed.pop("__metadata__", None)
        ends = [entry["data_offsets"][1] for entry in listed.values()]
        needed = max(ends, default=0)
        short = needed > body
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise WeightsError(f"{file}: its header is damaged; get it again") from error
    if short:
        raise WeightsError(f"{file}: is cut short, {body} of {needed} bytes; get it again")
    entries: dict[str, dict[str, Any]] = listed
    return entries


def _not_a_pointer(file: Path, start: bytes) -> None:
    if start.startswith(POINTER):
        raise WeightsError(
            f"{file}: is a Git LFS pointer, not the weights; fetch them with `git lfs pull`"
        )


# --- pickles ------------------------------------------------------------------------------------


def _pickle(file: Path, device: torch.device | str) -> Weights:
    """A torch checkpoint, as tensors only: an object that would run code is refused."""
    with suppress(OSError), file.open("rb") as opened:
        _not_a_pointer(file, opened.read(len(POINTER)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle dialects, of no use to who has the file
            zipped = zipfile.is_zipfile(file)
            held = torch.load(file, map_location=str(device), weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{file}: holds more than tensors, or is damaged; it is not opened. Get the published "
            "file again"
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError,
            IndexError, AssertionError, UnicodeError, OverflowError, MemoryError,
            zipfile.BadZipFile, struct.error) as error:  # fmt: skip
        raise WeightsError(f"{file}: is cut short or damaged; get it again") from error
    tensors = _tensors(file, held)
    return Weights(file, frozenset(tensors), tensors.__getitem__)


def _tensors(file: Path, held: Any) -> dict[str, Tensor]:
    """The moving average where there is one, else the dictionary itself, with its names freed of
    what parallel training puts before them."""
    if isinstance(held, dict) and "ema_state_dict" in held:
        held = held["ema_state_dict"]
    if not isinstance(held, dict) or not all(isinstance(v, Tensor) for v in held.values()):
        raise WeightsError(f"{file}: is not a dictionary of tensors; get the published file again")
    freed = {str(name).removeprefix("module."): value for name, value in held.items()}
    decoder = any(name.startswith("mid_block.") for name in freed)
    return {f"decoder.{name}": value for name, value in freed.items()} if decoder else freed
