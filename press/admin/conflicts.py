"""What somebody typed is not lost when the release was changed, moved or deleted meanwhile."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.forms import ModelChoiceField, MultiWidget, Select

from ..models import PressRelease
from ..revisions import difference
from .forms import ReleaseForm, is_stale, rebased, sent_rows
from .given_back import FORMS, ROW_TEXTS, give_back, gives_back, names


class KeepsWhatWasTyped:
    """For the admin of releases: a stale form writes nothing and shows both texts."""

    form = ReleaseForm
    change_form_template = "admin/press/change_form.html"

    def get_urls(self):
        urls = super().get_urls()
        for url in urls:
            if url.name in FORMS:
                url.callback = gives_back(url.callback, self.admin_site)
        return urls

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if "data" in kwargs and is_stale(request.POST, obj):
            rows = kwargs["queryset"].filter(release=obj)  # the formset narrows it only later
            kwargs |= rebased(kwargs["data"], prefix, stored_rows(rows, inline, obj))
        return kwargs

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form = context["adminform"].form
        if getattr(form, "is_stale", False):
            stored = PressRelease.objects.get(pk=obj.pk)
            # The form of a new release: what can be typed in any state.
            known = self.get_form(request, None, change=False)
            typed = known(request.POST, instance=PressRelease())
            context |= {
                "stored": stored,
                # Headings name the stored release; obj has been given what was typed.
                "original": stored,
                "subtitle": str(stored),
                "last": last_change(stored),
                "differing": list(differing(form, typed, known(instance=stored))),
                "rows": list(rows_differ(request.POST, stored)),
                "files": [file.name for files in request.FILES.lists() for file in files[1]],
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        if request.method == "POST" and request.resolver_match.url_name in FORMS:
            return give_back(request, "deleted", 404)
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)


def last_change(release):
    """(who, when, what) if a log knows who made the present version; else None for who and what."""
    content_type = ContentType.objects.get_for_model(release)
    entries = LogEntry.objects.filter(content_type=content_type, object_id=str(release.pk))
    entry = entries.select_related("user").order_by("-action_time", "-pk").first()
    moved = release.log.select_related("by").first()
    known = []
    if entry:
        known.append((entry.action_time, entry.user, entry.get_change_message()))
    if moved:
        known.append((moved.at, moved.by, moved.action_in_words))
    at, who, what = max(known, key=lambda each: each[0], default=(None, None, None))
    if at and at >= release.updated_at:  # both are written after the release itself
        return {"at": at, "who": who, "what": what}
    return {"at": release.updated_at, "who": None, "what": ""}


def differing(form, typed, stored):
    """Each field in which what was typed is not what is stored, with both and the differences."""
    for name in typed.fields:
        was_sent = any(key in typed.data for key in (name, f"{name}_0", f"{name}_1"))
        if name == "opened_version" or (name not in form.fields and not was_sent):
            continue
        theirs, yours = (
            as_text(stored[name], stored[name].initial),
            as_text(typed[name], typed[name].data),
        )
        is_closed = name not in form.fields
        if theirs == yours or (is_closed and not yours):
            continue
        if not typed[name].field.has_changed(stored[name].initial, typed[name].data):
            continue  # written in another way only
        yield {
            "label": typed[name].label,
            "theirs": theirs,
            "yours": yours,
            "parts": difference(theirs, yours),
            "is_closed": is_closed,
        }


def as_text(bound, value):
    """A value of a form field, stored or sent, as a person reads it."""
    field, widget = bound.field, bound.field.widget
    if isinstance(field, ModelChoiceField):
        several = value if isinstance(value, list | tuple) else [value]
        keys = [str(getattr(each, "pk", each)) for each in several if each not in (None, "")]
        # Of what may be chosen only: the title of another desk’s release stays a number.
        return "\n".join(names(field.queryset, keys))
    if isinstance(widget, MultiWidget):
        if not isinstance(value, list):
            parts = zip(widget.widgets, widget.decompress(value), strict=True)
            value = [part.format_value(each) for part, each in parts]
        return " ".join(each for each in value if each)
    if isinstance(widget, Select):
        return str(dict(field.choices).get(value, value or ""))
    return "\n".join(str(value or "").splitlines()).strip()


def stored_rows(queryset, inline, release):
    """{id: the row as the form of the inline would send it}"""
    not_sent = {*inline.readonly_fields, "file"}
    plain = [name for name in inline.fields if name not in not_sent]
    return {
        row.pk: {
            "release": [release.pk],
            **{
                name: [value if value is not True else "on"]
                for name in plain
                if (value := getattr(row, name)) is not False
            },
        }
        for row in queryset
    }


def rows_differ(data, release):
    """(label, names of its texts, the differences) of images, of attachments, where there are any."""
    for prefix, (label, texts) in ROW_TEXTS.items():
        theirs = "".join(
            row_text(f"{label} {row.pk}", [getattr(row, name) for name in texts])
            for row in getattr(release, prefix).order_by("pk")
        )
        yours = "".join(sent_texts(data, prefix, label, texts))
        if theirs != yours:
            yield f"{label}s", ", ".join(texts), difference(theirs, yours)


def sent_texts(data, prefix, label, texts):
    rows = [row for _, row in sorted(sent_rows(data, prefix).items())]
    for row in sorted(rows, key=lambda row: row.get("id", [""])[0].zfill(20)):
        is_there = any(any(row.get(name, [])) for name in ["id", *texts])
        if is_there and "DELETE" not in row:
            known = row.get("id", [""])[0]
            yield row_text(
                f"{label} {known}" if known else f"New {label.lower()}",
                [" ".join(row.get(name, [])) for name in texts],
            )


def row_text(name, texts):
    return f"{name}: {' | '.join(texts)}\n"
