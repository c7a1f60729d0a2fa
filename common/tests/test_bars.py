"""Numbers as bars: the longest fills the drawing, nothing is hidden, unknown ones are left out."""

from common.bars import ROOM, SMALLEST, WIDTH, draw


def test_nothing_to_show_draws_nothing():
    assert draw([]) is None
    assert draw([("Avant", None, "–")]) is None


def test_bars_are_as_long_as_their_numbers_and_the_first_is_the_main_one():
    drawn = draw([("Ici", 0.2, "20 %"), ("Avant", None, "–"), ("Réseau", 0.1, "10 %")])
    assert [(bar.label, bar.length, bar.main) for bar in drawn.bars] == [
        ("Ici", WIDTH - ROOM, True),
        ("Réseau", (WIDTH - ROOM) / 2, False),
    ]
    assert drawn.words == "Ici : 20 %, Réseau : 10 %"
    assert drawn.bars[1].y > drawn.bars[0].y and drawn.height > drawn.bars[1].y


def test_zero_is_seen():
    drawn = draw([("Ici", 0, "0 %"), ("Réseau", 0, "0 %")])
    assert [bar.length for bar in drawn.bars] == [SMALLEST, SMALLEST]
