"""Several processes that work on every clip together, and the one among them that leads.

The engine's own process leads: it holds every part, samples, encodes and decodes. The others, one
to a card, hold the transformers only and do as they are told through a pipe: what to prepare, what
to work out; the tensors come through the group. When the leader ends, however it ends, its pipes
close and they end too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from engine.interface import EngineUnavailable, GenerationFailed
from engine.joint.config import TransformerConfig
from engine.joint.device import device_of
from engine.joint.parallel import Group, ParallelTransformer, SharedContext, joined
from engine.joint.parts import Parts
from engine.joint.settings import JointSettings
from engine.joint.tokens import Clock, Extent
from engine.joint.transformer import Context, Latents, Transformer, Watch, _unwatched

LEADER = 0
READY = "ready\n"
PATIENCE_S = 30
"""For a process to end that was told to, or that lost the others."""


class CrewLost(GenerationFailed):
    """A process of the crew is gone, and the clip it worked on with it; a new crew may do."""


class Crew:
    """The processes that are led; started when the first transformer is built."""

    def __init__(self, settings: JointSettings, weights: Path | None) -> None:
        self._settings = settings
        self._weights = weights
        self._led: list[subprocess.Popen[str]] = []
        self._open = ExitStack()
        self._group: Group | None = None

    @property
    def group(self) -> Group:
        """All processes; EngineUnavailable where one of them cannot be started."""
        if self._group is None:
            with torch.device("cpu"):  # models are built on meta, the group is not
                self._group = self._started()
        return self._group

    def transformer(self, config: TransformerConfig, part: str) -> Transformer:
        """The model of that part (`base`, `upscale`) as the leader has it; the others load it
        meanwhile."""
        return LeadingTransformer(config, self, part)

    def tell(self, **order: Any) -> None:
        for process in self._led:
            assert process.stdin is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tell the loss of a process from other errors."""
        try:
            yield
        except (RuntimeError, OSError) as error:
            for process in self._led:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE_S)
                    raise CrewLost(
                        f"{self._settings.name}: one of its {self._settings.processes} processes "
                        f"ended ({process.returncode}) in the middle of a clip; it may have run "
                        "out of memory"
                    ) from error
            raise

    def close(self) -> None:
        """End the processes; the next transformer starts others."""
        for process in self._led:
            assert process.stdin is not None
            with suppress(OSError):
                process.stdin.close()
        self._open.close()
        for process in self._led:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._led, self._group = [], None

    def _started(self) -> Group:
        if dist.is_initialized():
            raise EngineUnavailable(
                f"{self._settings.name}: another engine of this process works with several "
                "processes; close it first"
            )
        meeting = Path(self._open.enter_context(tempfile.TemporaryDirectory())) / "meeting"
        try:
            for rank in range(1, self._settings.processes):
                self._led.append(self._start(rank, meeting))
            for process in self._led:
                self._await(process)
            place = joined(
                device_of(self._settings), f"file://{meeting}",
                rank=LEADER, processes=self._settings.processes,
            )  # fmt: skip
            return self._open.enter_context(place)
        except BaseException:
            self.close()
            raise

    def _start(self, rank: int, meeting: Path) -> subprocess.Popen[str]:
        about = {
            "settings": self._settings.model_dump(mode="json"),
            "weights": self._weights and str(self._weights),
            "rank": rank,
            "meeting": str(meeting),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.joint.crew"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(json.dumps(about) + "\n")
        process.stdin.flush()
        return process

    def _await(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        if process.stdout.readline() != READY:
            raise EngineUnavailable(
                f"{self._settings.name}: one of its {self._settings.processes} processes did not "
                "start; what it said is above"
            )
        process.stdout.close()


class LeadingTransformer(ParallelTransformer):
    """The leader's share of a transformer, which has the others do theirs."""

    def __init__(self, config: TransformerConfig, crew: Crew, part: str) -> None:
        super().__init__(config, crew.group)
        self._crew, self._part = crew, part
        self._prepared, self._worked = 0, False
        with crew.watched():
            crew.tell(do="load", part=part)

    def prepare(
        self,
        extents: Sequence[Extent],
        texts: Sequence[Tensor],
        *,
        clocks: Sequence[Clock | None] | None = None,
        samples_see_each_other: bool = False,
    ) -> SharedContext:
        if samples_see_each_other:
            raise ValueError("a fault of the published code, which one process alone repeats")
        number = 0 if self._worked else self._prepared
        context = replace(super().prepare(extents, texts, clocks=clocks), number=number)
        self._prepared, self._worked = number + 1, False
        with self._crew.watched():
            self._crew.tell(do="prepare", part=self._part, extents=extents, number=number)
            for text in texts:
                give(text, self._group)
        return context

    def forward(
        self,
        samples: Sequence[Latents],
        context: Context,
        watch: Watch = _unwatched,
        *,
        sigmas: Tensor | None = None,
    ) -> list[Latents]:
        assert isinstance(context, SharedContext)
        self._worked = True
        with self._crew.watched():
            self._crew.tell(do="forward", part=self._part, number=context.number)
            for sample in samples:
                give(sample.video, self._group)
                give(sample.audio, self._group)
            return super().forward(samples, context, watch, sigmas=sigmas)


def give(tensor: Tensor, group: Group) -> None:
    """To every other process, in float32."""
    dist.broadcast(tensor.float().contiguous(), LEADER, group=group)


def receive(shape: Iterable[int], device: torch.device, group: Group) -> Tensor:
    """What the leader gives."""
    tensor = torch.empty(*shape, device=device)
    dist.broadcast(tensor, LEADER, group=group)
    return tensor


def follow(parts: Parts, orders: Iterable[str], group: Group) -> None:
    """Do as the leader tells, until it has no more to tell."""
    contexts: dict[int, SharedContext] = {}
    for order in map(json.loads, orders):
        model = parts.transformer(order["part"])
        assert isinstance(model, ParallelTransformer)
        config = model.config
        if order["do"] == "prepare":
            extents = [Extent(*each) for each in order["extents"]]
            shapes = [(extent.text, config.text_features) for extent in extents]
            texts = [receive(shape, parts.device, group) for shape in shapes]
            if not order["number"]:
                contexts.clear()  # another loop begins
            contexts[order["number"]] = model.prepare(extents, texts)
        elif order["do"] == "forward":
            context = contexts[order["number"]]
            samples = [_blank(extent, config) for extent in context.whole.extents]
            given = [
                Latents(*(receive(shape, parts.device, group) for shape in shapes))
                for shapes in samples
            ]
            model(given, context)


def _blank(extent: Extent, config: TransformerConfig) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of a sample's picture and sound."""
    frames, rows, columns = config.patch
    channels = config.video_features // (frames * rows * columns)
    video = (channels, extent.frames * frames, extent.rows * rows, extent.columns * columns)
    return video, (extent.audio, config.audio_features)


def main() -> None:
    """One process of a crew; what it is and where it meets the others is told first."""
    about = json.loads(sys.stdin.readline())
    settings = JointSettings.model_validate(about["settings"])
    device = device_of(settings, about["rank"])
    sys.stdout.write(READY)
    sys.stdout.flush()
    place = joined(
        device, f"file://{about['meeting']}", rank=about["rank"], processes=settings.processes
    )
    with torch.no_grad(), place as group:
        parts = Parts(
            settings,
            about["weights"] and Path(about["weights"]),
            device=device,
            transformer=lambda config, _: ParallelTransformer(config, group),
        )
        follow(parts, sys.stdin, group)


if __name__ == "__main__":
    main()
