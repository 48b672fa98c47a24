"""From a capture to what it says, by the reader for its format."""

from . import files, html_page, text_capture
from .messages import NotARelease

READERS = [html_page, text_capture]  # the first that recognises a text reads it


def read(capture):
    """Capture -> Item. Raises NotARelease with the reason."""
    text = files.decode(capture.data)
    if not text.strip():
        raise NotARelease("empty")
    for reader in READERS:
        if reader.recognises(text):
            return reader.read(text)
    raise NotARelease("no_format")
