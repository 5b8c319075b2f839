"""The engine against a plain implementation of its specification, in one run."""
