"""An archive of invented releases in the legacy formats, for trying the site out."""

import re
import shutil
import tempfile
from pathlib import Path

from ..importers.matching.countries import Status, confirm
from ..importers.run import Options, ignore, import_releases
from ..models import CountrySuggestion
from .drawing import draw

ARCHIVE = Path(__file__).parent / "archive"
_PICTURE = re.compile(r'<img src="(images/[\w-]+\.png)"')


def load_sample(tell=ignore):
    """Import the sample archive like any other, its images drawn on the way. Returns the Run.

    Countries that it suggests are confirmed: nobody would look through invented releases.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "sample"
        shutil.copytree(ARCHIVE, archive)
        (archive / "images").mkdir()
        for page in archive.glob("*.html"):
            for name in _PICTURE.findall(page.read_text(encoding="utf-8")):
                draw(archive / name)
        run = import_releases([str(archive)], Options(is_sample=True), tell=tell)
    suggested = CountrySuggestion.objects.filter(release__is_sample=True, status=Status.PENDING)
    confirm(suggested)
    return run
