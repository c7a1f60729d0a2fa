"""Chance that can be played again: the same seed draws the same season, identifiers included."""

import random
from collections.abc import Sequence
from uuid import UUID

from stdnum import luhn

from common.codes import ALPHABET

TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Chance(random.Random):
    """Random's own methods, and what the portal's rows are made of. For demonstrations: it can be predicted."""

    def uuid(self) -> UUID:
        return UUID(int=self.getrandbits(128), version=4)

    def code(self, length: int = 8) -> str:
        """A code as `common.codes.new_code` draws them, check character included."""
        body = "".join(self.choices(ALPHABET, k=length))
        return body + luhn.calc_check_digit(body, alphabet=ALPHABET)

    def token(self) -> str:
        """A token as `common.codes.new_token` draws them."""
        return "".join(self.choices(TOKEN_ALPHABET, k=22))

    def yes(self, share: float) -> bool:
        """True in `share` of the cases (0 to 1)."""
        return self.random() < share

    def pick(self, *weighted: tuple[object, float]):
        """One of the values, each given with its weight."""
        values, weights = zip(*weighted, strict=True)
        return self.choices(values, weights)[0]

    def some(self, values: Sequence, share: float) -> list:
        """About `share` of the values, in their order."""
        return [value for value in values if self.yes(share)]
