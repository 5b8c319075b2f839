"""Production: a request goes in, a moving, talking, sounding take comes out.

Knows nothing of Prefect, stores, catalogs or which production it serves; usable alone.
"""

from engine.card import Card
from engine.interface import (
    Engine,
    EngineError,
    EngineUnavailable,
    GenerationFailed,
    Progress,
    RequestRefused,
)
from engine.open import capabilities_of, engine_names, open_engine, outlook

__all__ = [
    "Card",
    "Engine",
    "EngineError",
    "EngineUnavailable",
    "GenerationFailed",
    "Progress",
    "RequestRefused",
    "capabilities_of",
    "engine_names",
    "open_engine",
    "outlook",
]
