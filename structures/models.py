from django.db import models

from taxonomy.models import Country, Term, TermName


class Kind(models.TextChoices):
    CHAIRPERSONSHIP = "chairpersonship"
    SECRETARIAT = "secretariat"
    DEPARTMENT = "department"
    INSTITUTION = "institution"
    FIELD_OPERATION = "field_operation", "Field operation"
    BODY = "body"
    GROUP = "group", "Group of structures"


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

    class Meta(Term.Meta):
        pass


class StructureName(TermName):
    term = models.ForeignKey(Structure, on_delete=models.CASCADE, related_name="names")
