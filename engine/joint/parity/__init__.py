"""Golden files of the published model against this engine: `python -m engine parity FOLDER`."""
