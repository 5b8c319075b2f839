"""What an engine would take on this machine, in sentences, without its weights."""

from __future__ import annotations

from engine.card import Card
from engine.joint.estimate import Clip, forecast, part_bytes, speed_of
from engine.joint.settings import JointSettings

FRAMES = 125
REFERENCE = "H100"


def outlook(settings: JointSettings, card: Card | None) -> tuple[str, ...]:
    """How the stages fit the card, and the seconds for a shot of 5 s; nothing of random weights,
    which any processor can do."""
    if settings.weights == "random":
        return ()
    return _memory(settings, card), _seconds(settings, card)


def _memory(settings: JointSettings, card: Card | None) -> str:
    sizes = part_bytes(settings.joint, settings.upscale)
    if settings.eight_bits:
        sizes |= {stage: sizes[stage] // 2 for stage in ("base", "upscale")}
    listed = ", ".join(f"{stage} {size / 1e9:.1f}" for stage, size in sizes.items())
    needed = f"weights on the card in GB: {listed}, {sum(sizes.values()) / 1e9:.1f} in all"
    if card is None:
        return f"{needed}; no GPU here"
    from engine.joint.residency import Size, plan_residency, transformer_size

    upscaler = settings.joint.upscalers[settings.upscale]
    streamed = {"base": settings.joint.transformer, "upscale": upscaler.transformer}
    parts = {stage: Size(size) for stage, size in sizes.items()}
    for stage, config in streamed.items():
        size = transformer_size(config)
        parts[stage] = size.halved if settings.eight_bits else size
    found = plan_residency(parts, card.memory_bytes)
    short = [f"{stage} too large by {size / 1e9:.1f}" for stage, size in found.lacks.items()]
    told = ", ".join([str(found), *short])
    return f"{needed}; {card.name} has {card.memory_bytes / 1e9:.0f}: {told}"


def _seconds(settings: JointSettings, card: Card | None) -> str:
    """By arithmetic, for the widest of the engine's shapes; nothing of it is measured."""
    speed = speed_of(card.name) if card else None
    on = card.name if card and speed else f"an {REFERENCE}"
    speed = speed or speed_of(REFERENCE)
    assert speed is not None
    small, large = max(map(settings.sizes, settings.aspects), key=lambda sizes: _area(sizes[1]))
    preview, render = Clip(frames=FRAMES, size=small), Clip(frames=FRAMES, size=large)
    found = forecast(settings.joint, settings.upscale, preview, render, speed)
    return (
        f"a shot of 5 s takes about {found.preview:.1f} s to preview and {found.render:.1f} s to "
        f"render at {large[0]}x{large[1]} on {on}, by arithmetic"
    )


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
