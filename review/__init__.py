"""Dailies: a take is measured, judged against a policy, and shown to people."""
