"""What the floor keeps: as many columns as its pages show."""

# ruff: noqa: DJ008 (nobody reads these rows)

import uuid

from django.db import models


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)

    class Meta:
        abstract = True


class Show(Row):
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12)
    venue = models.CharField(max_length=150)
    city = models.CharField(max_length=100)
    address = models.CharField(max_length=250)
    contact = models.CharField(max_length=200)
    description = models.TextField()
    age_min = models.PositiveSmallIntegerField()


class Date(Row):
    show = models.ForeignKey(Show, models.CASCADE, related_name="dates")
    starts_at = models.DateTimeField(db_index=True)
    capacity = models.PositiveIntegerField()
    seats_left = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="floor_seats", condition=models.Q(seats_left__gte=0))]


class Booking(Row):
    date = models.ForeignKey(Date, models.CASCADE)
    key = models.UUIDField(unique=True)
    created_at = models.DateTimeField()


class Paper(Row):
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="papers")
    name = models.TextField()
    number = models.CharField(max_length=22, unique=True)


class Mail(Row):
    effect = models.CharField(max_length=120, unique=True)
    text = models.TextField()


class Trace(Row):
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
