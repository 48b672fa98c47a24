"""Widgets that several admins share."""

import json

from django.contrib.admin.widgets import AdminTextareaWidget
from django.forms.widgets import Script
from django.templatetags.static import static


class RichText(AdminTextareaWidget):
    """A text box of HTML in which static/admin-editor.js opens an editor.

    Without JavaScript, and for a text that the editor could not hold, it stays a text box. What comes
    from it is not to be trusted more: the model sanitises.
    """

    MODULES = {
        "bundle": "django_prose_editor/editor.js",
        "schema": "admin-editor-schema.js",
        "paste": "admin-editor-paste.js",
    }

    class Media:
        js = [Script("admin-editor.js", type="module")]
        css = {"all": ["admin-editor.css"]}

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        # Their addresses with the digests in them: no import map, which our policy would refuse.
        modules = {key: static(path) for key, path in self.MODULES.items()}
        context["widget"]["attrs"]["data-editor"] = json.dumps(modules)
        return context

    def use_required_attribute(self, initial):
        return False  # a browser cannot point at a hidden box
