"""Engines, gates, deliveries and studios as files. Data only."""
