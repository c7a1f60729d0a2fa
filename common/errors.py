"""Refusals of the domain, told to the person in a French sentence."""


class DomainError(Exception):
    """A rule says no. `sentence` tells the person, in French, what is wrong and what to do.

    `field`, where given, names the form field that the sentence belongs to.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class TooManyAttempts(DomainError):
    """Somebody tried too often; answered with 429."""
