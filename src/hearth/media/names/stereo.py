"""3D films: which half of the frame is which eye's."""

from hearth.media.names.tokens import tokens
from hearth.media.names.vocabulary import words

_FORMATS = words("sbs hsbs fsbs sbs3d 3dsbs tab htab ftab tab3d ou hou fou mvc")
_LOOSE = frozenset({"tab", "ou"})  # words too: only next to "3d" or at the end


def format_3d(name: str) -> str | None:
    """The 3D format in a name without extension ("film.3d.sbs" -> "sbs"); None for flat films and for a bare "3d"."""
    if "sbs" not in (low := name.lower()) and "tab" not in low and "mvc" not in low and "ou" not in low:
        return None
    words = tokens(name)
    for at, word in enumerate(words[1:], 1):
        before = words[at - 1].text
        if before in {"half", "full"} and word.text in {"sbs", "tab", "ou"}:
            return before[0] + word.text
        if word.text in _FORMATS and (
            word.text not in _LOOSE or before == "3d" or (word.text == "tab" and at == len(words) - 1)
        ):
            return word.text
    return None
