"""Many numbers that the database gives as one value: a row for each would cost more than using it."""

import json
import sys
from array import array


def unpacked(value):
    """The numbers of bytes in network order (string_agg of int8send) or of a text with commas."""
    if not value:
        return array("q")
    if isinstance(value, str):
        return array("q", json.loads(f"[{value}]"))
    numbers = array("q", bytes(value))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
