import random

import pytest
from django.core.exceptions import ValidationError

from press.facets.orm import count_terms
from press.filters import DIMENSIONS
from press.models import PressRelease
from structures.models import Structure, Succession
from tests.factories import ReleaseFactory, StructureFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    """first, then second, then third; second has a part."""
    first, second, third = StructureFactory(), StructureFactory(), StructureFactory()
    part = StructureFactory(parent=second)
    Succession.objects.create(structure=second, predecessor=first)
    Succession.objects.create(structure=third, predecessor=second)
    return first, second, third, part


def test_a_filter_covers_the_branch_and_all_that_came_before(chain):
    first, second, third, part = chain

    assert set(Structure.objects.scope([third.pk])) == {first, second, third, part}
    assert set(Structure.objects.scope([second.pk])) == {first, second, part}
    assert set(Structure.objects.scope([first.pk])) == {first}


def test_a_ring_is_refused(chain):
    first, second, third, part = chain

    for structure, predecessor in [(first, third), (first, first), (part, second), (first, second)]:
        with pytest.raises(ValidationError):
            Succession.objects.create(structure=structure, predecessor=predecessor)


def test_scope_and_covering_are_two_views_of_one_relation():
    chance = random.Random(3)
    structures = [StructureFactory()]
    for _ in range(25):
        structures.append(StructureFactory(parent=chance.choice([None, *structures])))
    for _ in range(20):
        one, other = chance.sample(structures, 2)
        if one.pk not in Structure.objects.covering()[other.pk]:
            if other.pk in Structure.objects.covering()[one.pk]:
                continue
            Succession.objects.get_or_create(structure=one, predecessor=other)

    covering = Structure.objects.covering()
    for structure in structures:
        scope = {each.pk for each in Structure.objects.scope([structure.pk])}
        assert scope == {pk for pk, covers in covering.items() if structure.pk in covers}


def test_counts_agree_with_filters(chain):
    for structure in chain:
        ReleaseFactory(sources=[structure])

    counts = count_terms(DIMENSIONS["structure"], PressRelease.objects.all())

    for structure in chain:
        found = PressRelease.objects.filed_under("sources", [structure.pk])
        assert counts[structure.pk] == found.count()
