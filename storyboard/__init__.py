"""Pre-production: the film as data.

Scripts become a storyboard, a storyboard becomes one cue sheet per language, a cue sheet becomes
requests to an engine, takes become a timeline. Pure: no model, no media tool, no network, no store.
"""
