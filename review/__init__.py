"""Dailies: a take is measured, judged against a policy, and shown to people."""

from review.errors import PageError, PolicyError, ReviewError
from review.judge import best, explain, judge
from review.policy import Band, Limits, Policy, known_policies, load_policy
from review.verdict import Mark, Measurement, Measurements, Verdict

__all__ = [
    "Band",
    "Limits",
    "Mark",
    "Measurement",
    "Measurements",
    "PageError",
    "Policy",
    "PolicyError",
    "ReviewError",
    "Verdict",
    "best",
    "explain",
    "judge",
    "known_policies",
    "load_policy",
]
