"""In which precision this machine should multiply weights that are stored in bfloat16."""

from __future__ import annotations

import torch

from engine.joint.transformer import Transformer

BFLOAT16_UNITS = ("avx512_bf16", "amx_bf16")


def cpu_multiplies_bfloat16() -> bool:
    """Whether this processor has units for it; without, it is imitated, 2.7 times slower than
    widening the weights on the way and multiplying in float32 (docs/lab.md)."""
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(unit, False) for unit in BFLOAT16_UNITS)


def imitates_bfloat16(device: torch.device | str) -> bool:
    return torch.device(device).type == "cpu" and not cpu_multiplies_bfloat16()


def suited(model: Transformer, device: torch.device | str = "cpu") -> Transformer:
    """The model set to multiply as is best on `device`; never less exact than its weights."""
    return model.multiply_in(torch.float32 if imitates_bfloat16(device) else None)
