"""What is uploaded goes to the disk, and no more of it than may be stored."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class Bounded(FileUploadHandler):
    """Lets go what is too much of a file. Its size says so: the form refuses it, and keeps the texts."""

    def receive_data_chunk(self, raw_data, start):
        return raw_data if start <= settings.UPLOAD_MAX_BYTES else None

    def file_complete(self, file_size):
        return None
