"""Whose releases are whose: what the people of a desk may do with the releases of their branch.

A release belongs to the desk of one structure, or to the central desk, and so does a contact. A permission
on them is held at desks, by role; groups hold the permissions on everything else.
"""

from typing import NamedTuple

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied

from structures.models import DeskMember, Role, Structure

from .models import Contact, PressRelease
from .workflow import TRANSITIONS

VERBS = [
    "view", "add", "change", "delete", "submit", "correct", "translate", "confirm_translation"
]  # fmt: skip
AUTHOR = {
    *(f"press.{verb}_pressrelease" for verb in VERBS),
}  # fmt: skip
# Not by authors: what is changed in a contact, readers see at once.
CONTACTS = {f"press.{verb}_contact" for verb in ("add", "change", "delete")}
EDITOR = AUTHOR | CONTACTS | {"press.request_changes_pressrelease", "press.retag_pressrelease"}
PUBLISHER = EDITOR | {
    f"press.{action}_pressrelease" for action in TRANSITIONS if action != "hand_over"
}
PERMISSIONS = {Role.AUTHOR: AUTHOR, Role.EDITOR: EDITOR, Role.PUBLISHER: PUBLISHER}
# At the central desk only, beside those.
PAGES = {"pages.view_page", "pages.change_page"}
ARCHIVE = {"press.decide_labels", "press.view_importrun"}
CENTRAL = {
    Role.AUTHOR: set(),
    Role.EDITOR: PAGES | ARCHIVE,
    Role.PUBLISHER: {
        *PAGES,
        *ARCHIVE,
        "press.hand_over_pressrelease",
        "press.redact_pressrelease",
        "press.roll_back_importrun",
    },
}
# What nobody at a desk can work without: terms and contacts to choose from.
EVERYBODY = {
    *(f"taxonomy.view_{model}" for model in ("fieldofwork", "meeting", "country")),
    "structures.view_structure",
    "press.view_contact",
}


class Reach(NamedTuple):
    """Where somebody holds a permission: at the desks of these structures, or everywhere."""

    desks: frozenset = frozenset()
    is_everywhere: bool = False

    def covers(self, desk_id):
        return self.is_everywhere or desk_id in self.desks

    def __bool__(self):
        return self.is_everywhere or bool(self.desks)


class DeskBackend(BaseBackend):
    """Permissions from desks. Without an object: those that somebody holds at any desk."""

    def get_group_permissions(self, user, obj=None):
        if not (user.is_active and not user.is_anonymous):
            return set()
        if obj is None:
            return set(held(user)) | (EVERYBODY if held(user) else set())
        if isinstance(obj, PressRelease | Contact):
            return {name for name, reach in held(user).items() if reach.covers(obj.desk_id)}
        return set()

    def has_module_perms(self, user, app_label):
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user))


def reach(user, permission):
    """The Reach of user for a permission on releases, which is asked of the database once a request."""
    if not user.is_active:
        return Reach()
    if user.is_superuser:
        return Reach(is_everywhere=True)
    return held(user).get(permission, Reach())


def home_desk(user):
    """The desk at which somebody works who works at one; else None: it has to be chosen."""
    desks = DeskMember.objects.filter(person=user.pk).values_list("desk", flat=True)[:2]
    return desks[0] if len(desks) == 1 else None


def desk_for(user, release):
    """The id of the desk of release, if user may write there, else of one where user may."""
    mine = reach(user, "press.add_pressrelease")
    if not mine:
        raise PermissionDenied
    if mine.covers(release.desk_id):
        return release.desk_id
    home = home_desk(user)
    return home if mine.covers(home) else min(mine.desks)


def held(user):
    """{permission on releases: Reach} of user, kept on this instance of it: for one request."""
    if not hasattr(user, "_held_at_desks"):
        user._held_at_desks = read(user)
    return user._held_at_desks


def read(user):
    members = list(DeskMember.objects.filter(person=user.pk))
    roots = {member.desk_id for member in members if member.desk_id}
    branch = Structure.objects.branch(roots).only("pk", "tree_id", "lft", "rght")
    # One statement for the roots too: their numbers and those below them are of one moment.
    nodes = {node.pk: node for node in branch} if roots else {}
    found = {}
    for member in members:
        here = Reach(is_everywhere=True)
        if member.desk_id:
            here = Reach(
                frozenset(pk for pk in nodes if is_below(nodes[pk], nodes[member.desk_id]))
            )
        for name in permissions_of(member):
            before = found.get(name, Reach())
            found[name] = Reach(
                before.desks | here.desks, before.is_everywhere or here.is_everywhere
            )
    return found


def permissions_of(member):
    if member.desk_id:
        return PERMISSIONS[member.role]
    return PERMISSIONS[member.role] | CENTRAL[member.role]


def is_below(node, root):
    return node.tree_id == root.tree_id and root.lft <= node.lft <= root.rght
