"""Pre-production: the film as data.

Scripts become a storyboard, a storyboard becomes one cue sheet per language, a cue sheet becomes
requests to an engine, takes become a timeline. Pure: no model, no media tool, no network, no store.
"""

from storyboard.board import Storyboard
from storyboard.compose import check_servable, compose, seed_of
from storyboard.cue import cue, missing_lines
from storyboard.cues import CueSheet
from storyboard.cut import cut, film_seconds, starts
from storyboard.editorial import to_otio
from storyboard.errors import Notice, StoryboardError
from storyboard.languages import read_languages
from storyboard.plan import LanguagePlan, Plan, plan
from storyboard.read import Reading, read, read_text
from storyboard.speech import speech_seconds
from storyboard.timeline import Timeline
from storyboard.yaml_board import write_yaml

__all__ = [
    "CueSheet",
    "LanguagePlan",
    "Notice",
    "Plan",
    "Reading",
    "Storyboard",
    "StoryboardError",
    "Timeline",
    "check_servable",
    "compose",
    "cue",
    "cut",
    "film_seconds",
    "missing_lines",
    "plan",
    "read",
    "read_languages",
    "read_text",
    "seed_of",
    "speech_seconds",
    "starts",
    "to_otio",
    "write_yaml",
]
