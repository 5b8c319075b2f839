"""The plain words of a product description in HTML."""

from __future__ import annotations

from html.parser import HTMLParser

_SILENT = {"script", "style", "template", "noscript", "head", "iframe", "table"}
_BLOCKS = {"p", "div", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "tr", "section"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[list[str]] = [[]]
        self._silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.blocks.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.blocks.append([])

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.blocks[-1].append(data)


def plain(html: str) -> str:
    """What a reader of the page would read aloud: no markup, one space between words, each block
    ended like a sentence."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    blocks = (" ".join("".join(block).split()) for block in parser.blocks)
    return " ".join(_ended(block) for block in blocks if block)


def _ended(block: str) -> str:
    return block if block[-1] in ".!?:;…。！？" else f"{block}."
