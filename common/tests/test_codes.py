import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.codes import ALPHABET, clean_code, is_code, new_code, spoken


def test_code_carries_its_own_check():
    assert all(is_code(new_code()) for _ in range(200))


@given(st.integers(0, 8), st.sampled_from(ALPHABET))
def test_code_with_one_wrong_character_is_refused(position, other):
    code = new_code()
    wrong = code[:position] + other + code[position + 1 :]
    assert is_code(wrong) == (wrong == code)


@given(st.text(max_size=40))
def test_typed_code_of_any_text_is_cleaned_without_failing(typed):
    assert set(clean_code(typed)) <= set(ALPHABET)
    is_code(clean_code(typed))


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}"])
def test_typed_code_forgives_spaces_dashes_and_case(typed):
    code = new_code()
    assert clean_code(typed.format(code.lower(), spoken(code))) == code


def test_typed_code_forgives_letters_that_look_like_digits():
    assert clean_code("oIl1u") == "0111V"
