"""The groups that exist after the first migrate. What people change in them stays.

Who may do what with releases is not said by groups but at desks (press/desks.py).
"""

from django.contrib.auth.models import Group, Permission

TREES = {"taxonomy": ["fieldofwork", "meeting", "country"], "structures": ["structure"]}


def tree_permissions(*verbs, name_verbs=("view",)):
    """Codenames by app for the terms and for what is edited beside them."""
    found = {
        app: [f"{verb}_{model}" for verb in verbs for model in models]
        + [f"{verb}_{model}name" for verb in name_verbs for model in models]
        for app, models in TREES.items()
    }
    found["taxonomy"] += [f"{verb}_chairpersonship" for verb in name_verbs]
    found["structures"] += [f"{verb}_succession" for verb in name_verbs]
    return found


ALL = ("add", "change", "delete", "view")
GROUPS = {
    "Taxonomists": {
        **tree_permissions(*ALL, "merge", name_verbs=ALL),
        "press": ["decide_labels"],
    },
}


def create_groups(using, **kwargs):
    """Create the groups that are missing, with their permissions."""
    for name, permissions in GROUPS.items():
        group, created = Group.objects.using(using).get_or_create(name=name)
        if not created:
            continue
        for app, codenames in permissions.items():
            found = Permission.objects.using(using).filter(
                content_type__app_label=app, codename__in=codenames
            )
            group.permissions.add(*found)
