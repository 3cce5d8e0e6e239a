"""Words for a made-up catalogue: enough of them that titles differ the way real ones do."""

import random


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES = _split(
    "Silent Golden Broken Last First Hidden Crimson Electric Frozen Lost Distant Burning Quiet Wild Hollow "
    "Bitter Secret "
    "Empty Endless "
    "Perfect Strange Savage Tender Velvet Wicked Young Ancient Blue Scarlet Emerald Pale Restless Stolen "
    "Forgotten Invisible Midnight Little Great Final Beautiful Dangerous Ordinary Impossible Glass Paper Iron Silver"
)
NOUNS = _split(
    "Night River Mountain Shadow Light King Queen Stone Garden Winter Summer Harbour Island Letter Machine "
    "Mirror Ocean "
    "Orchard Palace Promise Raven Road Sister Brother Soldier Storm Stranger Thief Train Voyage Wedding Window Witness "
    "Wolf Bridge Castle Circus City Dancer Daughter Desert Doctor Dragon Dream Empire Engine Fire Forest Fortune Ghost "
    "Heart Horizon Hotel Hunter Journey Kingdom Lantern Legend Lighthouse Memory Moon Neighbour Painter Pirate Planet "
    "Prophet Rain Secret Signal Sky Snow Song Spring Star Station Sun Teacher Tower Treasure Valley Village War Whale"
)
ACCENTED = _split("Amélie Über Señora Café Fête Naïve Zoë Løve Ångström Crème Façade Piñata Åse Élan Gärten Smørrebrød")
FOREIGN = (
    "Тихая ночь",
    "Последний поезд",
    "夜の川",
    "東京の光",
    "Η μεγάλη νύχτα",
    "서울의 봄",
    "Белый остров",
    "雪の城",
)
GENRES = {
    "movie": _split(
        "Drama Comedy Action Thriller Crime Romance Horror Adventure Science-Fiction Fantasy Mystery Family War "
        "Animation Documentary History Western Biography Music Sport"
    ),
    "series": _split("Drama Comedy Crime Documentary Reality Mystery Fantasy Animation Kids Talk"),
    "album": _split(
        "Rock Pop Jazz Classical Electronic Folk Hip-Hop Metal Blues Soul Ambient Country Reggae Punk Indie"
    ),
}
_STARTS = _split(
    "Al Ber Cal Dor El Far Gar Hal Ib Jor Kal Lor Mar Nor Ol Per Quin Ros Sal Tor Ul Ver Wil Yor Zan Bran Cor Dun Fen "
    "Gil Hem Kir Lin Mor Nev Pel Rav Sten Tarn Vos"
)
_MIDDLES = _split("a e i o u an en in on ar er ir or al el il is as")
_ENDS = _split(
    "berg dale ford ham holm land ley lin mann mond nes ova rick sen ska son stad stein ton vale ville wick ski dottir"
)
_FIRST = _split(
    "Anna Ben Clara David Elena Felix Greta Henry Ida Jonas Karin Leo Maria Nils Olga Paul Rosa Simon Tara Ulf Vera "
    "Walter Yara Zeno Chloé José Søren Zoë Aiko Ravi Amara Kofi"
)


def surname(rng: random.Random) -> str:
    """One of some tens of thousands."""
    return rng.choice(_STARTS) + rng.choice(_MIDDLES) + rng.choice(_ENDS)


def person(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)} {surname(rng)}"


def title(rng: random.Random) -> str:
    """A title of two to four words, now and then with accents, a number, an ampersand or an apostrophe."""
    shape = rng.randrange(12)
    if shape < 3:
        return f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
    if shape < 5:
        return f"{rng.choice(NOUNS)} of {surname(rng)}"
    if shape < 7:
        return f"{rng.choice(ADJECTIVES)} {surname(rng)}"
    if shape == 7:
        return f"{surname(rng)}'s {rng.choice(NOUNS)}"
    if shape == 8:
        return f"{rng.choice(NOUNS)} & {rng.choice(NOUNS)}"
    if shape == 9:
        return f"{rng.choice(ACCENTED)} {rng.choice(NOUNS)} {surname(rng)}"
    if shape == 10:
        return f"{rng.choice(NOUNS)} {rng.randrange(2, 3000)}"
    return f"A {rng.choice(NOUNS)} in {surname(rng)}"
