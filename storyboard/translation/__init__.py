"""Words in other languages: translators behind one door, what they are told, and how far they are
trusted.

`translate` fills what a board lacks; `policy` says which words may be spoken; `dialogue` keeps
them beside the script; `xliff` and `table` carry them to people and back.
"""

from storyboard.translation.brief import Brief, load_brief
from storyboard.translation.dialogue import (
    DialogueList,
    Words,
    beside,
    laid_over,
    load_dialogue,
    overlaid,
)
from storyboard.translation.door import Passage, Rendering, Translation, Translator
from storyboard.translation.job import Translated, translate
from storyboard.translation.policy import TranslationPolicy, read_policy, refuse_unmet, unmet

__all__ = [
    "Brief",
    "DialogueList",
    "Passage",
    "Rendering",
    "Translated",
    "Translation",
    "TranslationPolicy",
    "Translator",
    "Words",
    "beside",
    "laid_over",
    "load_brief",
    "load_dialogue",
    "overlaid",
    "read_policy",
    "refuse_unmet",
    "translate",
    "unmet",
]
