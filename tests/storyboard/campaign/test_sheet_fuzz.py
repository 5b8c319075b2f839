"""Whatever lies in a file: rows and faults, or one SheetError, and never anything else."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storyboard.campaign import Brand, RowRefused, SheetError, film, load_ad, open_sheet

HEADERS = st.sampled_from(
    [
        "row_id,product,price,image,languages,duration,copy_de",
        "Handle,Title,Body (HTML),Variant Price,Image Src,Status",
        "id\ttitle\tdescription\tlink\tprice\titem_group_id",
        "product;headline",
    ]
)
CELLS = st.text(alphabet=st.sampled_from('ab1 ,;\t\n\r"|€.{}<&>/:日ß\x00\ufeff'), max_size=30)
XML = st.text(alphabet=st.sampled_from("<>/item g:d!&;a"), max_size=60)


def looked_through(content: bytes, name: str) -> None:
    ad = load_ad("product")
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            numbers = []
            for entry in open_sheet(path).entries():
                numbers.append(entry.number)
                assert not (entry.row and entry.faults)
                assert all(fault.message and fault.remedy for fault in entry.faults)
                if entry.row is not None:
                    try:
                        film(entry.row, ad, Brand(), seconds=15, languages=(), campaign="c")
                    except RowRefused as refused:
                        assert refused.faults
            assert numbers == sorted(set(numbers))
        except SheetError as error:
            assert error.message and error.source.file == str(path)


@pytest.mark.fuzz
@settings(max_examples=150)
@given(header=HEADERS, rows=st.lists(st.lists(CELLS, max_size=8), max_size=6))
def test_any_cells_under_any_header(header: str, rows: list[list[str]]) -> None:
    separator = max(",;\t", key=header.count)
    text = header + "\n" + "\n".join(separator.join(cells) for cells in rows)
    looked_through(text.encode("utf-8", "surrogatepass"), "s.csv")


@pytest.mark.fuzz
@settings(max_examples=60)
@given(content=st.one_of(st.binary(max_size=80), XML.map(lambda x: f"<rss>{x}".encode())))
def test_any_bytes(content: bytes) -> None:
    looked_through(content, "s.xml")
