import pytest

from taxonomy.models import FieldOfWork
from tests.factories import FieldFactory


@pytest.fixture
def tree(db):
    """a > b > c, and d."""
    a = FieldFactory(name="a", code="a", slug="a")
    b = FieldFactory(name="b", code="b", slug="b", parent=a)
    FieldFactory(name="c", code="c", slug="c", parent=b)
    FieldFactory(name="d", code="d", slug="d")
    return {term.code: term for term in FieldOfWork.objects.all()}
