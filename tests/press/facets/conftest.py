import pytest

from press.facets.live import forget


@pytest.fixture(autouse=True)
def no_index_of_another_test():
    """Databases of tests are emptied and filled again; no index outlives that."""
    forget()
    yield
    forget()
