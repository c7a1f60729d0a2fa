"""Numbers as bars: the longest fills the drawing, nothing is hidden, unknown ones are left out."""

from common.bars import ROOM, SMALLEST, WIDTH, draw, draw_shares


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


def shares(*lines):
    return draw_shares(lines, legend=["Données", "Réservées", "Venues"], hidden="le reste n’est pas montré")


def test_shares_lie_over_their_whole_and_the_longest_whole_fills_the_drawing():
    drawn = shares(("Octobre", [40, 30, 20]), ("Novembre", [20, 20, 0]))
    assert [[share.length for share in bar.shares] for bar in drawn.bars] == [
        [WIDTH, WIDTH * 0.75, WIDTH / 2],
        [WIDTH / 2, WIDTH / 2, SMALLEST],
    ]
    assert drawn.bars[0].says == "données 40, réservées 30, venues 20" and not drawn.hides
    assert shares() is None


def test_a_share_that_is_not_known_hatches_the_one_around_it_and_says_so():
    drawn = shares(("Octobre", [40, 30, None]), ("Novembre", [None, None, None]))
    assert [(share.length, share.known) for share in drawn.bars[0].shares][1:] == [(300, True), (300, False)]
    assert drawn.bars[0].says == "données 40, réservées 30, le reste n’est pas montré"
    assert [share.known for share in drawn.bars[1].shares] == [False]
    assert drawn.hides and "Novembre : le reste n’est pas montré" in drawn.words
