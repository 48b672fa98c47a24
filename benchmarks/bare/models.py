from django.db import models
from mptt.models import MPTTModel, TreeForeignKey


class Node(MPTTModel):
    code = models.SlugField(unique=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    parent = TreeForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        ordering = ["tree_id", "lft"]

    def __str__(self):
        return self.name
