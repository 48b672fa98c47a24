from django.db import migrations

PAGES = [
    (
        "About us",
        "about-us",
        "<p>The Organization for Security and Co-operation in Europe brings together 57 participating"
        " States from North America, Europe and Asia. It works on security in a broad sense: from arms"
        " control and border management to elections, human rights and the environment.</p>"
        "<p>These pages hold its press releases since 1995. They can be filtered by field of work,"
        " country, structure, kind of meeting, language and date, and searched for words.</p>",
    ),
    (
        "Organizational structure",
        "organizational-structure",
        "<p>The Chairpersonship is held by a participating State for one calendar year. The Secretariat"
        " in Vienna supports it, and three institutions work on elections and human rights, on national"
        " minorities and on the freedom of the media. Field operations work in their host countries."
        '</p><p>See <a href="/structures/">all structures and institutions</a>.</p>',
    ),
    (
        "Partnerships",
        "partnerships",
        "<p>Eleven countries in Asia and around the Mediterranean are Partners for Co-operation. They"
        " take part in meetings and share experience with the participating States.</p>"
        '<p>See <a href="/countries/">all countries</a>.</p>',
    ),
    (
        "Projects",
        "projects",
        "<p>Field operations and the Secretariat carry out projects together with authorities and civil"
        " society. News of them is published here as press releases.</p>"
        '<p>See the <a href="/structures/field-operations/">field operations</a>.</p>',
    ),
]


def create(apps, schema_editor):
    page = apps.get_model("pages", "Page")
    for position, (title, slug, body) in enumerate(PAGES, start=1):
        page.objects.get_or_create(
            slug=slug, defaults={"title": title, "body": body, "position": position}
        )


class Migration(migrations.Migration):
    dependencies = [("pages", "0001_initial")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
