"""Pages that are files of their own."""

import os
from functools import partial

from .beside import Folder
from .found import Found, loader


def found(place):
    folder = Folder(str(place.root), os.path.dirname(place.inside))
    load = loader(str(place.path), partial(place.path.open, "rb"), folder=folder)
    yield Found(str(place.path), load, place.inside)
