"""Pre-production: the film as data.

Scripts become a storyboard, a storyboard becomes one cue sheet per language, a cue sheet becomes
requests to an engine, takes become a timeline. Pure: no model, no media tool, no network, no store.
"""

from storyboard.compose import check_servable, compose, seed_of
from storyboard.cue import cue, missing_lines
from storyboard.cut import cut, film_seconds
from storyboard.editorial import to_otio
from storyboard.plan import LanguagePlan, Plan, plan
from storyboard.read import Reading, read, read_text
from storyboard.speech import speech_seconds
from storyboard.yaml_board import write_yaml

__all__ = [
    "LanguagePlan",
    "Plan",
    "Reading",
    "check_servable",
    "compose",
    "cue",
    "cut",
    "film_seconds",
    "missing_lines",
    "plan",
    "read",
    "read_text",
    "seed_of",
    "speech_seconds",
    "to_otio",
    "write_yaml",
]
