"""Dailies: a take is measured, judged against a policy, and shown to people.

Knows what a request asked for and how to look at a file; must not know which engine made it, which
store keeps it, or who runs the production.
"""

from review.choice import Candidate, Choice, candidate, choose
from review.contact_sheet import contact_sheet
from review.dailies import Dailies, Look, Sheet, SheetLine, SheetScene, SheetShot, Stage
from review.decisions import Decision, EditWish, LineEdit, Ruling, Wish, ruling
from review.errors import (
    DecidedAlready,
    DecisionRefused,
    PageError,
    PolicyError,
    ReviewError,
    SenseMissing,
)
from review.figures import FIGURES, Figure
from review.judge import best, explain, judge
from review.measure import face_of, measure, measured_alike, voice_of
from review.page import (
    PageCut,
    PageFile,
    PageLine,
    PageScene,
    PageShot,
    ProductionPage,
    render_page,
)
from review.policy import (
    Band,
    Bands,
    Limits,
    OnExhausted,
    People,
    Policy,
    known_policies,
    load_policy,
)
from review.senses import Anchor, Anchors, Print, Senses
from review.verdict import Mark, Measurement, Measurements, Outcome, Standing, Verdict

__all__ = [
    "FIGURES",
    "Anchor",
    "Anchors",
    "Band",
    "Bands",
    "Candidate",
    "Choice",
    "Dailies",
    "DecidedAlready",
    "Decision",
    "DecisionRefused",
    "EditWish",
    "Figure",
    "Limits",
    "LineEdit",
    "Look",
    "Mark",
    "Measurement",
    "Measurements",
    "OnExhausted",
    "Outcome",
    "PageCut",
    "PageError",
    "PageFile",
    "PageLine",
    "PageScene",
    "PageShot",
    "People",
    "Policy",
    "PolicyError",
    "Print",
    "ProductionPage",
    "ReviewError",
    "Ruling",
    "SenseMissing",
    "Senses",
    "Sheet",
    "SheetLine",
    "SheetScene",
    "SheetShot",
    "Stage",
    "Standing",
    "Verdict",
    "Wish",
    "best",
    "candidate",
    "choose",
    "contact_sheet",
    "explain",
    "face_of",
    "judge",
    "known_policies",
    "load_policy",
    "measure",
    "measured_alike",
    "render_page",
    "ruling",
    "voice_of",
]
