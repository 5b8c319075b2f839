"""Production: a request goes in, a moving, talking, sounding take comes out.

Knows nothing of Prefect, stores, catalogs or which production it serves; usable alone.
"""
