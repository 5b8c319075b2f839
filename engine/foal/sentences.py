from random import Random

_S = {
    "en": [
        "We never thought that the old light would burn again.",
        "Where did you put the key?",
        "Three for ninety nine, only today!",
    ],
    "cmn-Hans-CN": ["这里早就没有船了。", "你把钥匙放在哪里？"],
    "yue-Hant-HK": ["呢度一早冇船行喇。", "條鎖匙放咗喺邊度？"],
    "ja-JP": ["ここを通る船は、もうありません。", "鍵はどこに置いたの？"],
    "ko-KR": ["이제 여기를 지나는 배는 없어요.", "열쇠를 어디에 두었어요?"],
    "de-DE": ["Hier fährt doch niemand mehr.", "Wo hast du den Schlüssel hingelegt?"],
    "fr-FR": ["Plus personne ne navigue par ici.", "Où as-tu mis la clé ?"],
}


def sentence(language: str, chance: Random, *, held_out: bool = False) -> str:
    return chance.choice(_S[language])
