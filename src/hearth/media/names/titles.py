"""From a stretch of a file name to a title for people, and the other way: is this stretch a title at all?"""

import re
import unicodedata

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAS_HAN = re.compile(f"[{_HAN}]")
_HAN_RUN = re.compile(f"[{_HAN}，。！？：；～、·－（）「」『』]*[{_HAN}][{_HAN}\\d，。！？：；～、·－（）「」『』]*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_BRACKETS = re.compile(r"[\[\](){}<>]")
_SQUARE = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}")
_ASIDE = re.compile(r"(?<=[\s._\-])(?<! or )(?<!\.or\.)\([^()]*\)")
_ACRONYM = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_DOT = re.compile(r"(?<=\S)\.(?=[^\s.])|\.(?=\s*$)|(?<=\s)\.(?=\s)|^\.")
_AKA = re.compile(r"\ba\.?k\.?a\.?(?=\s)", re.IGNORECASE)
_DASHES = re.compile(r" -(?: -)+ ")
_ARTICLE = re.compile(r"^([^,]+), (the|a|an|der|die|das|le|la|les|el|los|las|il)$", re.IGNORECASE)
_REVISION = re.compile(r" (?<=[^\W_] )[vV][2-9]$")
_EDGE = " \t-–—.,:;~_+/|&=#'\"“”«»★"
_DIGEST = re.compile(r"[0-9A-Fa-f]{14,}")
_LONG = re.compile(r"[A-Za-z0-9]{11,}")
_WORDS = re.compile(r"[\W_]+")
_HOLDER = "\ue000"  # a private character stands in for the dots of an acronym while the others become spaces


def clean(text: str, *, asides: bool = False) -> str:
    """`text` as a title: dots and underscores become spaces, brackets and stray punctuation go, acronyms keep dots.

    asides: keep what stands in parentheses.
    """
    bare = text = text.replace("_", " ")
    bracketed = _BRACKETS.search(text) is not None
    if bracketed:
        bare = _SQUARE.sub(" ", bare)
        if not asides:
            bare = _ASIDE.sub(" ", bare)
    if not bare.strip(_EDGE + "()[]"):
        bare = text.translate(_UNWRAP)
    bare = _undot(_unopened(bare) if bracketed else bare)
    bare = _REVISION.sub("", " ".join(bare.split())).strip(_EDGE).replace(_HOLDER, ".")
    if " - -" in bare:
        bare = _DASHES.sub(" - ", bare)
    if ", " in bare:
        bare = _ARTICLE.sub(r"\2 \1", bare)
    return _latin(bare)


_UNWRAP = str.maketrans("[]{}()", "      ")


def _unopened(text: str) -> str:
    """Without brackets that have lost their partner to a cut."""
    for opening, closing in ("()", "[]", "{}", "<>"):
        if text.count(opening) != text.count(closing):
            text = text.replace(opening, " ").replace(closing, " ")
    return text


def _undot(text: str) -> str:
    if "." not in text:
        return text
    text = _ACRONYM.sub(lambda match: match[0].replace(".", _HOLDER) + " ", text)
    text = _DOT.sub(" ", text) if " " in text.strip() else text.replace(".", " ")
    return _AKA.sub("AKA", text)


def _latin(text: str) -> str:
    """A title given in Han or Kana and in Latin letters: the Latin one, which databases find more readily."""
    if text.isascii() or not _HAS_HAN.search(text) or len(_LATIN.findall(text)) < 3:
        return text
    kept = [piece.strip(_EDGE) for piece in re.split(r"\s*/\s*", _HAN_RUN.sub("/", text))]
    kept = [piece for piece in kept if len(_LATIN.findall(piece)) >= 2]
    return max(kept, key=len) if kept else text


def has_han(text: str) -> bool:
    """True when `text` has Chinese or Japanese characters."""
    return not text.isascii() and _HAS_HAN.search(text) is not None


def latin_letters(text: str) -> int:
    """How many Latin letters `text` has."""
    return len(_LATIN.findall(text))


def is_hashed(stem: str) -> bool:
    """True for names that machines gave: digests, random letters and digits. No title can be read from them."""
    if not _LONG.search(stem):
        return False
    if _DIGEST.search(stem) and not _readable(_DIGEST.sub(" ", stem)):
        return True
    for match in _LONG.finditer(stem):
        word = match[0]
        digits = sum(char.isdecimal() for char in word)
        if digits and digits < len(word) and _mixed(word, digits) and not _readable(stem.replace(word, " ")):
            return True
    return False


def _mixed(word: str, digits: int) -> bool:
    """Digits strewn through letters, or letters with no pattern of case: not "Apollo13" or "KillRoyWasHere"."""
    runs = len(re.findall(r"\d+", word))
    flips = len(re.findall(r"[a-z][A-Z]|[A-Z]{2}[a-z]", word))
    if len(word) >= 18:
        return runs >= 1 and (runs >= 2 or digits >= 3 or flips >= 3)
    return len(word) >= 13 and (runs >= 2 or digits >= 3) and len(word) - digits >= 4


def _readable(rest: str) -> bool:
    """True when enough is left beside the hash to be a title."""
    words = [word for word in _WORDS.split(rest) if len(word) >= 2 and not word.isdecimal()]
    return sum(map(len, words)) >= 9


def folded(title: str) -> str:
    """`title` for comparing: no case, accents, punctuation or articles of spelling ("&" is "and")."""
    text = title.replace("&", " and ").casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in text if not unicodedata.combining(char)).replace("’", "")
    return _WORDS.sub(" ", text.replace("'", "")).strip()
