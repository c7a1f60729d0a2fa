"""Circles on a map: in place, never on each other, named where there is room."""

import re
from itertools import combinations
from math import hypot

import pytest

from common.bubbles import SMALLEST, Spot, draw


def spot(name="Bourg", latitude=45.7, longitude=4.8, count=1):
    return Spot(name, latitude, longitude, count, f"?commune={name}")


def test_nothing_to_show_draws_nothing():
    assert draw([], ground=[(45.7, 4.8)]) is None


def test_single_spot_stands_in_the_middle():
    drawn = draw([spot()])
    [circle] = drawn.bubbles
    assert (circle.x, circle.y) == (drawn.width / 2, drawn.height / 2)
    assert circle.radius == SMALLEST and circle.name_x is not None


def test_north_is_up_and_east_is_right():
    drawn = draw([spot("Nord", 46, 4.8), spot("Sud", 45, 4.8), spot("Est", 45.5, 5.4)])
    at = {bubble.spot.name: (bubble.x, bubble.y) for bubble in drawn.bubbles}
    assert at["Nord"][1] < at["Est"][1] < at["Sud"][1] and at["Est"][0] > at["Sud"][0]


@pytest.mark.parametrize("many", [2, 12, 40])
def test_circles_at_one_place_are_parted_and_stay_on_the_drawing(many):
    drawn = draw([spot(f"Quartier {number}", count=1 + number % 5) for number in range(many)])
    for one, other in combinations(drawn.bubbles, 2):
        assert hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius - 2
    for bubble in drawn.bubbles:
        assert bubble.radius <= bubble.x <= drawn.width - bubble.radius
        assert bubble.radius <= bubble.y <= drawn.height - bubble.radius


def test_more_partners_make_a_larger_circle():
    few, many = draw([spot("Peu", count=1), spot("Beaucoup", 45.2, count=50)]).bubbles[::-1]
    assert few.radius < many.radius


def test_name_without_room_is_left_out_and_names_never_cross():
    drawn = draw([spot(f"Un nom plutôt long {number}", 45.7 + number / 1000) for number in range(15)])
    named = [bubble for bubble in drawn.bubbles if bubble.name_x is not None]
    assert 0 < len(named) < 15
    assert len({(bubble.name_x, bubble.name_y) for bubble in named}) == len(named)


def test_ground_gives_the_frame():
    wide = draw([spot()], ground=[(45.2, 4.2), (46.4, 6.0)])
    dots = re.findall(r"M([\d.]+) ([\d.]+)h0", wide.ground)
    assert len(dots) == 2
    assert all(0 <= float(x) <= wide.width and 0 <= float(y) <= wide.height for x, y in dots)
