"""Asks the scanner for viruses of this site, if it has one, about what is uploaded."""

import logging
import os
import shutil
import subprocess
import tempfile

from django.conf import settings
from django.core.exceptions import ValidationError

CLEAN, INFECTED = 0, 1  # exit codes, as those of ClamAV
PATIENCE = 30  # seconds
REFUSED = "The virus scanner refused this file."
UNKNOWN = "This file could not be checked for viruses now. Try again later, or tell your operators."

logger = logging.getLogger(__name__)


def scan(file):
    """Raises ValidationError unless nothing is found in an open file. A file is asked about once."""
    if not settings.UPLOAD_SCANNER or getattr(file, "was_scanned", False):
        return
    answer = asked(file)
    if answer == CLEAN:
        file.was_scanned = True
        return
    logger.warning("The scanner of uploads did not pass a file: %s.", answer)
    raise ValidationError(REFUSED if answer == INFECTED else UNKNOWN)


def asked(file):
    """The exit code of the scanner, or why there is none."""
    # A file of the disk: it is not held in memory, and can be handed on to a daemon.
    with tempfile.TemporaryFile() as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        try:
            return subprocess.run(  # noqa: S603
                settings.UPLOAD_SCANNER,
                stdin=copy,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},  # and no secrets of ours
                timeout=PATIENCE,
            ).returncode
        except subprocess.TimeoutExpired:
            return "no answer in time"
        except OSError as missing:
            return str(missing)
