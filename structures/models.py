from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from taxonomy.models import Country, FormerTerm, Term, TermName, TermQuerySet
from taxonomy.tree import TreeManager, tree_write


class Kind(models.TextChoices):
    CHAIRPERSONSHIP = "chairpersonship"
    SECRETARIAT = "secretariat"
    DEPARTMENT = "department"
    INSTITUTION = "institution"
    FIELD_OPERATION = "field_operation", "Field operation"
    BODY = "body"
    GROUP = "group", "Group of structures"


class StructureQuerySet(TermQuerySet):
    def scope(self, pks):
        """The branches of pks, and the branches of all that came before a structure in them."""
        before = {}
        for successor, predecessor in Succession.objects.values_list("structure", "predecessor"):
            before.setdefault(successor, set()).add(predecessor)
        wanted, new = set(pks), set(pks)
        while new and before:
            branch = Structure.objects.branch(new).values_list("pk", flat=True)
            new = set().union(*(before.get(pk, ()) for pk in branch)) - wanted
            wanted |= new
        return self.branch(wanted)

    def covers(self):
        covers = super().covers()
        for successor, predecessor in Succession.objects.values_list("structure", "predecessor"):
            covers[predecessor].append(successor)
        return covers


class Structure(Term):
    """A part of the organisation that issues releases, or a group of such parts."""

    kind = models.CharField(max_length=20, choices=Kind)
    short = models.CharField("short name", max_length=20, blank=True, help_text="As in ODIHR.")
    host_country = models.ForeignKey(
        Country,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="hosted_structures",
        help_text="Empty for the Mission in Kosovo.",
    )
    opened_on = models.DateField(null=True, blank=True, help_text="Only when it is known.")

    predecessors = models.ManyToManyField(
        "self",
        symmetrical=False,
        through="Succession",
        through_fields=("structure", "predecessor"),
        related_name="successors",
    )

    objects = TreeManager.from_queryset(StructureQuerySet)()

    class Meta(Term.Meta):
        pass


class Succession(models.Model):
    """predecessor was another body, whose work structure took over. The same body renamed is a name."""

    structure = models.ForeignKey(Structure, on_delete=models.CASCADE, related_name="came_after")
    predecessor = models.ForeignKey(Structure, on_delete=models.CASCADE, related_name="came_before")

    is_of_trees = True  # a filter by a structure covers its predecessors

    class Meta:
        verbose_name = "predecessor"
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "predecessor"], name="structures_succession_once"
            )
        ]

    def __str__(self):
        return f"{self.predecessor} → {self.structure}"

    def save(self, *args, **kwargs):
        # Under the tree lock: two people cannot close a ring from both sides.
        with tree_write():
            self.refuse_ring()
            super().save(*args, **kwargs)

    save.alters_data = True

    def clean(self):
        if self.structure_id and self.predecessor_id:
            self.refuse_ring()

    def refuse_ring(self):
        """Raises ValidationError when the predecessor is the structure, stands above it or came after."""
        if self.predecessor_id in Structure.objects.covering()[self.structure_id]:
            raise ValidationError(
                f"“{self.predecessor}” cannot come before “{self.structure}”: it is the same,"
                " stands above it or came after it."
            )


class StructureName(TermName):
    term = models.ForeignKey(Structure, on_delete=models.CASCADE, related_name="names")


class FormerStructure(FormerTerm):
    term = models.ForeignKey(Structure, on_delete=models.CASCADE, related_name="former")


class Role(models.TextChoices):
    """What somebody does at a desk; each may do what those before it may (press/desks.py)."""

    AUTHOR = "author"
    EDITOR = "editor"
    PUBLISHER = "publisher"


class DeskMember(models.Model):
    """Somebody who works at the desk of a structure, and so at those of all structures below it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_memberships"
    )
    desk = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="desk_members",
        help_text="Its releases and those of all structures below it. Empty: the central desk, and"
        " with it all releases.",
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.AUTHOR)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "desk"], name="structures_one_role_at_a_desk"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(desk=None),
                name="structures_one_role_at_the_central_desk",
            ),
        ]

    def __str__(self):
        return f"{self.role} at {self.desk or 'the central desk'}"

    def not_moved(self):
        """When its desk was merged into one at which the person works already: the role that is lost."""
        kept = DeskMember.objects.get(person=self.person_id, desk=self.desk_id)
        if kept.role == self.role:
            return ""
        return f"{self.person} stays {kept}, and was {self.role} at the desk that was merged."
