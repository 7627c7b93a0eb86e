import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sessions_and_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="sessionouverte",
            name="expire_le",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="expire le"),
        ),
        migrations.AddField(
            model_name="sessionouverte",
            name="fermee_le",
            field=models.DateTimeField(editable=False, null=True, verbose_name="fermée le"),
        ),
    ]
