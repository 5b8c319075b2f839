"""`hoofbeat`: the house from a terminal."""
