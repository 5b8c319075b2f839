"""Words for a script: translated, sent out, taken in, drafted."""
