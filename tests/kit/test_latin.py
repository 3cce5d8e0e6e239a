"""Other scripts in Latin letters."""

import pytest

from hearth.kit.latin import latin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Тихая ночь", "tikhaya noch"),
        ("Сталкер", "stalker"),
        ("Щелкунчик и объезд", "shchelkunchik i obezd"),
        ("Η μεγάλη νύχτα", "i megali nychta"),
        ("ゆきのしろ", "yukinoshiro"),
        ("トトロ", "totoro"),
        ("きゃっと しょうじょ", "kyatto shoujo"),
        ("서울의 봄", "seoului bom"),
        ("기생충", "gisaengchung"),
        ("東京の光", "東京no光"),
        ("Amélie", "amélie"),
        ("", ""),
    ],
)
def test_letters_become_latin(text: str, expected: str) -> None:
    assert latin(text) == expected
