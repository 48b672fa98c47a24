import pytest

from tests.factories import StructureFactory, UserFactory


@pytest.fixture
def desk(db):
    return StructureFactory(name="Mission A")


@pytest.fixture
def at_desk(client):
    """A function that signs somebody in who has a role at each of some desks."""

    def signed_in(role, *desks):
        user = UserFactory(is_staff=True)
        for desk in desks:
            user.desk_memberships.create(role=role, desk=desk)
        client.force_login(user)
        return client

    return signed_in
