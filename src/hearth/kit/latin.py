"""Other scripts in Latin letters, so that people find what they cannot type: Cyrillic, Greek, kana and Hangul.

Letter by letter, as passports and maps do it (ISO 9 without marks, ELOT 743, Hepburn, the Revised Romanization);
sounds that depend on their neighbours are left as written. Chinese characters stay: their readings need a dictionary.
"""

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўјљњћђџ",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
            "i",
            "i",
            "ye",
            "g",
            "u",
            "j",
            "lj",
            "nj",
            "c",
            "dj",
            "dz",
        ],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
) | dict(zip("άέήίόύώϊϋΐΰ", ["a", "e", "i", "i", "o", "y", "o", "i", "y", "i", "y"], strict=True))
_KANA = dict(
    zip(
        "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
        "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ",
        [
            "a",
            "i",
            "u",
            "e",
            "o",
            "ka",
            "ki",
            "ku",
            "ke",
            "ko",
            "sa",
            "shi",
            "su",
            "se",
            "so",
            "ta",
            "chi",
            "tsu",
            "te",
            "to",
            "na",
            "ni",
            "nu",
            "ne",
            "no",
            "ha",
            "hi",
            "fu",
            "he",
            "ho",
            "ma",
            "mi",
            "mu",
            "me",
            "mo",
            "ya",
            "yu",
            "yo",
            "ra",
            "ri",
            "ru",
            "re",
            "ro",
            "wa",
            "o",
            "n",
            "ga",
            "gi",
            "gu",
            "ge",
            "go",
            "za",
            "ji",
            "zu",
            "ze",
            "zo",
            "da",
            "ji",
            "zu",
            "de",
            "do",
            "ba",
            "bi",
            "bu",
            "be",
            "bo",
            "pa",
            "pi",
            "pu",
            "pe",
            "po",
        ],
        strict=True,
    )
)
_SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
_FIRST = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"]
_MIDDLE = [
    "a",
    "ae",
    "ya",
    "yae",
    "eo",
    "e",
    "yeo",
    "ye",
    "o",
    "wa",
    "wae",
    "oe",
    "yo",
    "u",
    "wo",
    "we",
    "wi",
    "yu",
    "eu",
    "ui",
    "i",
]
_LAST = [
    "",
    "k",
    "k",
    "k",
    "n",
    "n",
    "n",
    "t",
    "l",
    "k",
    "m",
    "l",
    "l",
    "l",
    "p",
    "l",
    "m",
    "p",
    "p",
    "t",
    "t",
    "ng",
    "t",
    "t",
    "k",
    "t",
    "p",
    "t",
]
_HANGUL, _HANGUL_END = 0xAC00, 0xD7A3
_HIRAGANA_OF = 0x60  # how far a katakana letter lies behind its hiragana


def latin(text: str) -> str:
    """The text in Latin letters and lower case; what is in no script known here stays as it is."""
    if text.isascii():
        return text.lower()
    found: list[str] = []
    doubled = False
    for letter in text.lower():
        code = ord(letter)
        kana = chr(code - _HIRAGANA_OF) if 0x30A1 <= code <= 0x30F6 else letter
        if kana == "っ":
            doubled = True
            continue
        if kana in _SMALL and found and found[-1].endswith("i"):
            stem = found.pop()[:-1]
            found.append(stem + (_SMALL[kana][1:] if stem in ("sh", "ch", "j") else _SMALL[kana]))
            continue
        if _HANGUL <= code <= _HANGUL_END:
            place = code - _HANGUL
            found.append(_FIRST[place // 588] + _MIDDLE[place % 588 // 28] + _LAST[place % 28])
            continue
        sound = _CYRILLIC.get(letter) if letter in _CYRILLIC else _GREEK.get(letter) or _KANA.get(kana) or letter
        found.append((sound[0] if doubled and sound else "") + (sound or ""))
        doubled = False
    return "".join(found)
