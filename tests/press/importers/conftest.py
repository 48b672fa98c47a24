import pytest


@pytest.fixture
def archive(tmp_path):
    """A folder into which files can be written by name."""
    folder = tmp_path / "archive"
    folder.mkdir()

    def write(name, content):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    write.folder = folder
    return write
