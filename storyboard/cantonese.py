"""Whether words meant as Cantonese are: standard written Chinese read aloud is nobody's speech."""

from __future__ import annotations

import re

CANTONESE = "yue-Hant-HK"

_SPOKEN = {
    "的": "嘅",
    "是": "係",
    "不": "唔",
    "了": "咗",
    "在": "喺",
    "他": "佢",
    "她": "佢",
    "它": "佢",
    "們": "哋",
    "们": "哋",
    "這": "呢",
    "这": "呢",
    "那": "嗰",
    "沒": "冇",
    "没": "冇",
    "什麼": "乜嘢",
    "甚麼": "乜嘢",
    "什么": "乜嘢",
    "怎麼": "點",
    "怎样": "點",
    "怎樣": "點樣",
    "吃": "食",
    "喝": "飲",
    "看": "睇",
    "說": "講",
    "说": "講",
    "給": "畀",
    "给": "畀",
    "很": "好",
    "還": "仲",
    "还": "仲",
    "也": "都",
    "想要": "想",
    "現在": "而家",
    "现在": "而家",
    "東西": "嘢",
    "东西": "嘢",
}
"""Function words and everyday verbs of standard Chinese that Cantonese does without, and what it
says instead."""

_COMPOUNDS = re.compile(
    "的士|目的|的確|的而且確|是但|是非|但是|凡是|總是|可是|於是|不過|不如|不妨|不停|不斷|不幸|不同"
    "|差不多|了解|了不起|了結|罷了|實在|自在|存在|在乎|在場|在線|內在|外在|潛在|好在|其他|吉他|他日"
    "|剎那|沒收|沉沒|埋沒|口吃|小吃|吃虧|喝彩|看守|看護|看更|小說|說明|說法|傳說|遊說|演說|給予"
    "|供給|還原|歸還|償還|還款|退還|也許"
)
"""Words Cantonese shares, with those characters in them."""


def remark(words: dict[str, str]) -> str:
    """What to say of `standard_words` found in a line."""
    instead = ", ".join(f"{word} ({spoken})" for word, spoken in words.items())
    return f"standard Chinese, not Cantonese, which says what stands in brackets: {instead}"


def standard_words(text: str) -> dict[str, str]:
    """Words in the text that only standard Chinese has, each to what Cantonese says instead."""
    rest = _COMPOUNDS.sub("・", text)
    found = {}
    for word in sorted(_SPOKEN, key=lambda each: -len(each)):
        if word in rest:
            found[word] = _SPOKEN[word]
            rest = rest.replace(word, "・")
    return dict(sorted(found.items(), key=lambda item: text.index(item[0])))
