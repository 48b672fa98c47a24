from django.db import migrations


class Migration(migrations.Migration):
    # Of its own: PostgreSQL does not alter a table while keys of it wait to be checked.
    dependencies = [("press", "0018_imports")]
    operations = [migrations.RemoveField(model_name="pressrelease", name="import_digest")]
