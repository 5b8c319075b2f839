"""The joint engine: words, picture and sound denoised as one stream of tokens.

The only package of the house that needs torch. It knows nothing of scripts, takes or stores:
tensors and files come in, frames and samples go out.
"""
