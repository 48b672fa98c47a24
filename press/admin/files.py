"""The images and the attachments of a release in its form."""

import re

from django import forms
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html

from ..models import Attachment, PressRelease, ReleaseImage
from ..models.attachment import DocumentField
from ..models.image import PictureField
from .preview import attachment_address, image_address

FOCUS = ["focal_x", "focal_y"]
# What cameras and programs call their files.
FILE_NAME = re.compile(
    r"\S+\.(jpe?g|png|webp|gif|tiff?|heic|avif)|(img|dsc[nf]?|pict?|image|photo|foto)[-_ ]?\d+",
    re.I,
)


class OfRelease:
    """Rows of a release: whoever may change it may change them."""

    view_on_site = False  # the stock link goes through a shortcut that this site has not
    extra = 0

    def has_view_permission(self, request, obj=None):
        return True  # the release was asked about

    def has_change_permission(self, request, obj=None):
        return self.release_admin.has_change_permission(request, obj)

    has_add_permission = has_delete_permission = has_change_permission

    @property
    def release_admin(self):
        return self.admin_site.get_model_admin(PressRelease)


class ReleaseImageForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in FOCUS:
            self.fields[name].required = False

    def clean(self):
        cleaned = super().clean()
        # Emptied: in the middle.
        return cleaned | {name: 50 for name in FOCUS if cleaned.get(name) is None}

    def clean_alt(self):
        alt = self.cleaned_data["alt"].strip()
        if "alt" in self.changed_data and FILE_NAME.fullmatch(alt):
            raise forms.ValidationError("This is the name of a file: say what the picture shows.")
        return alt


class ReleaseImageInline(OfRelease, admin.StackedInline):
    model = ReleaseImage
    verbose_name = "image"
    verbose_name_plural = "images"
    form = ReleaseImageForm
    fields = [
        *("picture", "file", "alt", "is_decorative", "caption", "credit"),
        *("focal_x", "focal_y", "position"),
    ]
    readonly_fields = ["picture"]
    # Without the stock link to a file that has no address.
    formfield_overrides = {PictureField: {"widget": forms.FileInput}}

    class Media:
        js = ["admin-focal.js"]

    def picture(self, image):
        if image.pk:
            image.preview_address = image_address(image)
        return render_to_string("admin/press/picture.html", {"image": image})


class AttachmentInline(OfRelease, admin.StackedInline):
    model = Attachment
    fields = ["stored", "file", "title", "language", "position"]
    readonly_fields = ["stored"]
    formfield_overrides = {DocumentField: {"widget": forms.FileInput}}

    @admin.display(description="Now")
    def stored(self, attachment):
        if not attachment.pk:
            return "Nothing yet"
        address = attachment_address(attachment)
        return format_html('<a href="{}" download>{}</a>', address, attachment.details)
