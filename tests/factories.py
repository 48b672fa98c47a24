from datetime import timedelta

import factory
from django.contrib.auth.models import User
from django.utils import timezone

from press.models import Contact, PressRelease
from press.workflow import State
from structures.models import Kind, Structure
from taxonomy.models import Country, FieldOfWork, Meeting


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence("person{}".format)


def person_at(role, desk=None, **fields):
    """Somebody who may sign in to the admin and works at desk, by default the central one."""
    person = UserFactory(is_staff=True, **fields)
    person.desk_memberships.create(role=role, desk=desk)
    return person


class TermFactory(factory.django.DjangoModelFactory):
    name = factory.Sequence("Term {}".format)
    code = slug = factory.Sequence("term-{}".format)


class FieldFactory(TermFactory):
    class Meta:
        model = FieldOfWork


class MeetingFactory(TermFactory):
    class Meta:
        model = Meeting


class CountryFactory(TermFactory):
    class Meta:
        model = Country


class StructureFactory(TermFactory):
    class Meta:
        model = Structure

    kind = Kind.BODY


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    name = factory.Sequence("Contact {}".format)
    email = factory.Sequence("contact{}@osce.example".format)


class ReleaseFactory(factory.django.DjangoModelFactory):
    """A release that was published yesterday; links are given as lists of terms."""

    class Meta:
        model = PressRelease
        skip_postgeneration_save = True

    title = factory.Sequence("Release {}".format)
    kind = "press-release"
    body = "<p>Something happened.</p>"
    state = State.PUBLISHED
    published_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))

    @factory.post_generation
    def sources(self, create, terms, **kwargs):
        self.sources.set(terms or [])

    @factory.post_generation
    def fields_of_work(self, create, terms, **kwargs):
        self.fields_of_work.set(terms or [])

    @factory.post_generation
    def countries(self, create, terms, **kwargs):
        self.countries.set(terms or [])

    @factory.post_generation
    def meetings(self, create, terms, **kwargs):
        self.meetings.set(terms or [])


class DraftFactory(ReleaseFactory):
    state = State.DRAFT
    published_at = None


class SubmittedFactory(DraftFactory):
    """A release that waits for review, with all that is asked for when it is published."""

    state = State.IN_REVIEW
    summary = "In short."

    @factory.post_generation
    def fields_of_work(self, create, terms, **kwargs):
        self.fields_of_work.set(terms or [FieldFactory()])


class WithdrawnFactory(ReleaseFactory):
    state = State.WITHDRAWN
    withdrawn_at = factory.LazyFunction(timezone.now)
    withdrawal_notice = "It was about another place."
