"""The territory: communes and priority areas, from the official lists (A12)."""

from itertools import islice

from django.db import models

from common.text import normalise

POSTCODE_DIGITS = 5


class CommuneQuerySet(models.QuerySet["Commune"]):
    def search(self, words: str, *, limit: int) -> list["Commune"]:
        """Communes that a beginning of name or postcode may mean, accents and dashes aside, in order of name."""
        wanted = _town(words)
        if not wanted:
            return []
        found = (
            commune
            for commune in self.order_by("name", "code")
            if commune.postcode.startswith(wanted) or _town(commune.name).startswith(wanted)
        )
        return list(islice(found, limit))

    def meant_by(self, *, name: str, postcode: str) -> "Commune | None":
        """The commune that somebody wrote, or None where the list doesn't hold it, or holds it twice.

        A town has many postcodes and the list keeps one: the name decides, within the department of the postcode;
        where it is misspelt, a postcode that only one commune has.
        """
        wanted, department = _town(name), postcode[:2]
        named = [commune for commune in self if wanted and _town(commune.name) == wanted]
        near = [commune for commune in named if commune.postcode == postcode] or [
            commune for commune in named if commune.postcode.startswith(department)
        ]
        if not near and not named:
            near = list(self.filter(postcode=postcode)) if len(postcode) == POSTCODE_DIGITS else []
        return near[0] if len(near) == 1 else None


def _town(typed: str) -> str:
    """« St-Priest » and « Saint Priest » are the same town."""
    words = normalise(typed.replace("-", " ").replace("'", " ").replace("’", " ")).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


class Commune(models.Model):
    """A commune of the territory served, from the official list (A12)."""

    code = models.CharField("code INSEE", max_length=5, primary_key=True)
    name = models.CharField("nom", max_length=80)
    postcode = models.CharField("code postal", max_length=5)
    department = models.CharField("département", max_length=3)
    intercommunality = models.CharField("intercommunalité", max_length=120, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.postcode})"

    @property
    def is_located(self) -> bool:
        """Whether its centre is known."""
        return self.latitude is not None and self.longitude is not None


class PriorityArea(models.Model):
    """A *quartier prioritaire* of the official list, which staff import (A12)."""

    code = models.CharField("code", max_length=12, primary_key=True)
    name = models.CharField("nom", max_length=150)
    communes = models.CharField(
        "communes", max_length=200, blank=True, help_text="Un quartier peut en toucher plusieurs."
    )

    class Meta:
        verbose_name = "quartier prioritaire"
        verbose_name_plural = "quartiers prioritaires"
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.communes or self.code})"
