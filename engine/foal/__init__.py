"""The joint engine at a size that fits in the package: its data, training, codes and trial.

The transformer, packing and sampler are those of `engine.joint`; what is here is what a small size
needs besides: a plan in place of a text encoder, small autoencoders, and a teacher to learn from.
"""
