"""Types of arguments that several commands take. A wrong one ends with the exit code 2."""

import re
import uuid
from argparse import ArgumentTypeError
from datetime import date
from fractions import Fraction

from django.contrib.auth import get_user_model

from ..importers.gate import FIELDS
from ..models import ImportRun


def whole(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def day(text):
    return date.fromisoformat(text)


def errors(text):
    """(number, None), or (None, share) of what ends in %."""
    number = text.removesuffix("%")
    told = int(number) if number == text else float(number) / 100
    if told < 0 or (number != text and not told <= 1):
        raise ValueError
    return (told, None) if number == text else (None, told)


def required(text):
    """(field, share) of "date=99.5%"."""
    found = re.fullmatch(r"(\w+)=([0-9]{1,3}(?:\.[0-9]{1,6})?)%", text, re.ASCII)
    if not found or found[1] not in FIELDS or (share := Fraction(found[2]) / 100) > 1:
        fields = ", ".join(FIELDS)
        raise ArgumentTypeError(f"“{text}” is not as date=99%; fields are {fields}")
    return found[1], share


def person(name):
    found = get_user_model().objects.filter(username=name).first()
    if not found:
        raise ArgumentTypeError(f"nobody here has the name “{name}” to sign in")
    return found


def uuid_of(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def run(text):
    """An ImportRun by its number or UUID, or the "last" one."""
    runs = ImportRun.objects.all()
    if text == "last":
        found = runs.first()
    elif text.isdecimal():
        found = runs.filter(pk=int(text)).first() if len(text) < 18 else None
    else:
        found = runs.filter(uuid=uuid_of(text)).first()
    if not found:
        raise ArgumentTypeError(f"there is no import “{text}”")
    return found
