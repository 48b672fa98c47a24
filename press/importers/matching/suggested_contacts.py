"""Contacts that releases of the archive name: suggested once each, and accepted or rejected by people.

An accepted one becomes a contact for what is written from now on. Releases of the archive have it in
their texts, and are not touched.
"""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from osce_cms.text import fold
from structures.models import Structure
from taxonomy.labels import Labels

from ...models import Action, Contact, ContactMention, ContactSuggestion

Status = ContactSuggestion.Status
TAKEN = {Action.CREATED, Action.UPDATED, Action.UNCHANGED}
_LENGTHS = {
    name: ContactSuggestion._meta.get_field(name).max_length
    for name in ("name", "role", "organisation", "email", "phone")
}
_INTERNATIONAL = re.compile(r"\+[1-9][0-9 ()/.-]{4,37}[0-9]")


# In an import.


def suggest_contacts(outcomes):
    """Store what the records of a batch say of contacts, in three statements. What was decided stays."""
    mentioned, found = {}, {}
    for outcome in outcomes:
        if outcome.action not in TAKEN or not outcome.release:
            continue
        for block in outcome.prepared.record.contacts:
            key = key_of(block)
            found.setdefault(key, block)
            mentioned.setdefault((key, outcome.release.pk))
    if not found:
        return
    ContactSuggestion.objects.bulk_create(
        (suggestion_of(key, block) for key, block in sorted(found.items(), key=by_key)),
        ignore_conflicts=True,
    )
    known = ContactSuggestion.objects.filter(key__in=found)
    pks = dict(known.values_list("key", "pk"))
    ContactMention.objects.bulk_create(
        (ContactMention(suggestion_id=pks[key], release_id=release) for key, release in mentioned),
        ignore_conflicts=True,
    )


def by_key(pair):
    return pair[0]


def key_of(block):
    """By what the same contact is known in another release: its mail, else its name and numbers."""
    if block.email:
        return f"mail {block.email.casefold()}"[:300]
    digits = re.sub("[^0-9]", "", block.phone)
    return f"{fold(block.name or block.organisation)[:200]} {digits[:90]}"


def suggestion_of(key, block):
    values = {name: getattr(block, name)[:length] for name, length in _LENGTHS.items()}
    told = [block.name, block.role, block.organisation, *block.address, block.email, block.phone]
    return ContactSuggestion(key=key, text="\n".join(filter(None, told)), **values)


# At the desk.


def accept(suggestions, *, by):
    """(how many of a queryset of suggestions were accepted, [those that cannot be, with the reason])."""
    structures = Labels(Structure)
    accepted, refused = 0, []
    pks = list(suggestions.exclude(status=Status.ACCEPTED).values_list("pk", flat=True))
    for pk in pks:
        with transaction.atomic():
            held = ContactSuggestion.objects.select_for_update().exclude(status=Status.ACCEPTED)
            suggestion = held.filter(pk=pk).first()
            if not suggestion:
                continue
            try:
                suggestion.contact = contact_for(suggestion, structures)
            except ValidationError as problem:
                refused.append((suggestion, " ".join(problem.messages)))
                continue
            decided(suggestion, Status.ACCEPTED, by)
            accepted += 1
    return accepted, refused


def contact_for(suggestion, structures):
    """The Contact with the same mail, else a new one. Raises ValidationError."""
    if suggestion.email:
        same = Contact.objects.filter(email__iexact=suggestion.email).first()
        if same:
            return same
    contact = new_contact(suggestion, structures)
    contact.full_clean()
    contact.save()
    return contact


def new_contact(suggestion, structures):
    """An unsaved Contact of the central desk; what has no column for it is in its note."""
    numbers = [each.strip() for each in suggestion.phone.split(";")]
    numbers = [each for each in numbers if _INTERNATIONAL.fullmatch(each)]
    phone, mobile = [*numbers, "", ""][:2]
    named = structures.find(suggestion.organisation) if suggestion.organisation else None
    return Contact(
        name=str(suggestion)[:200],
        role=suggestion.role,
        structure_id=named[0] if named and len(named) == 1 else None,
        email=suggestion.email,
        phone=phone,
        mobile=mobile,
        note=f"From releases of the archive:\n{suggestion.text}",
    )


def reject(suggestions, *, by):
    """Say that suggestions of a queryset that wait are not wanted; how many. None of them comes again."""
    waiting = suggestions.filter(status=Status.PENDING)
    return waiting.update(status=Status.REJECTED, by=by, at=timezone.now())


def decided(suggestion, status, by):
    suggestion.status, suggestion.by, suggestion.at = status, by, timezone.now()
    suggestion.save(update_fields=["status", "contact", "by", "at"])
