from django.apps import apps
from django.core.checks import Error
from django.db import models
from mptt.models import MPTTModel

from .tree import TreeManager, TreeModel


def check_tree_models(app_configs, **kwargs):
    """Every tree goes through the kit, and nothing can delete a node behind its back."""
    errors = []
    for model in apps.get_models():
        if not issubclass(model, MPTTModel):
            continue
        if not (issubclass(model, TreeModel) and isinstance(model._tree_manager, TreeManager)):
            errors.append(
                Error(
                    f"{model._meta.label} is a tree outside the tree kit.",
                    hint="Derive it from taxonomy.tree.TreeModel, its manager from TreeManager.",
                    obj=model,
                    id="taxonomy.E001",
                )
            )
        for field in model._meta.get_fields():
            cascades = getattr(field.remote_field, "on_delete", None) is models.CASCADE
            if field.concrete and field.many_to_one and cascades:
                errors.append(
                    Error(
                        f"Deleting what {field} points to would delete nodes past the tree kit.",
                        hint="Use on_delete=PROTECT or SET_NULL.",
                        obj=field,
                        id="taxonomy.E002",
                    )
                )
    return errors
