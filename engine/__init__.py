"""Production: a request goes in, a moving, talking, sounding take comes out.

Knows nothing of Prefect, stores, catalogs or which production it serves; usable alone.
"""

from engine.interface import (
    Engine,
    EngineError,
    EngineUnavailable,
    GenerationFailed,
    Progress,
    RequestRefused,
)
from engine.open import engine_names, open_engine

__all__ = [
    "Engine",
    "EngineError",
    "EngineUnavailable",
    "GenerationFailed",
    "Progress",
    "RequestRefused",
    "engine_names",
    "open_engine",
]
