from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import KeyRefused
from storage.keys import (
    LONGEST_SAFE_PART,
    check_key,
    check_prefix,
    deliverable_key,
    deliverable_prefix,
    manifest_key,
    production_prefix,
    safe_part,
    slug_of,
    take_key_prefix,
)

TEXTS = st.text(max_size=200)


@given(TEXTS)
def test_any_text_makes_one_part_of_a_key(text: str) -> None:
    part = safe_part(text)
    assert "/" not in part
    assert len(part) <= LONGEST_SAFE_PART
    assert check_key(part) == part
    assert safe_part(part) == part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Bob & the Horse: part 2", "Bob-the-Horse-part-2"),
        ("cmn-Hans-CN", "cmn-Hans-CN"),
        ("Café Zoë", "Cafe-Zoe"),
        ("../../etc/passwd", "etc-passwd"),
        ("con", "x-con"),
        ("NUL.txt", "x-NUL.txt"),
        ("a\x00b\r\nc", "a-b-c"),
    ],
)
def test_what_is_readable_stays_readable(text: str, part: str) -> None:
    assert safe_part(text) == part


def test_texts_whose_letters_are_lost_stay_apart() -> None:
    titles = ["第3集", "第3季", "赛博鲍勃", "사이버 밥", "", "...", "x" * 300, "x" * 301, "\ud800"]
    assert len({safe_part(title) for title in titles}) == len(titles)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_every_place_in_the_vault_is_a_key_whatever_the_names(
    title: str, version: str, language: str, aspect: str
) -> None:
    slug = slug_of(title)
    key = deliverable_key(slug, version, language, aspect, ".mp4")
    assert check_key(key).startswith(deliverable_prefix(slug, version, language, aspect))
    assert check_key(manifest_key(slug, version, language, aspect)).count("/") == 5
    assert check_prefix(production_prefix(title, version)).count("/") == 3
    assert check_prefix(take_key_prefix(title)).count("/") == 3


def test_the_layout_is_the_one_in_the_handbook() -> None:
    assert take_key_prefix("ab" * 32) == f"takes/ab/{'ab' * 32}/"
    assert production_prefix("bob", "0123abcd") == "productions/bob/0123abcd/"
    assert deliverable_key("bob", "0123abcd", "ja-JP", "9:16", ".mp4") == (
        "productions/bob/0123abcd/ja-JP/9x16/bob.ja-JP.9x16.mp4"
    )
    assert manifest_key("bob", "0123abcd", "en", "1:1") == (
        "productions/bob/0123abcd/en/1x1/manifest.json"
    )


def test_a_suffix_cannot_smuggle_a_path() -> None:
    with pytest.raises(KeyRefused):
        deliverable_key("bob", "1", "en", "9:16", "/../../x")
