"""The vault: bytes with names, in a folder or in S3, and a catalog rebuilt from them."""
