from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("medical", "0004_missions_of_expertises")]

    operations = [
        # The tables of this room belong to the bulle's own owner and stand in its schema: only `vigie_bulle` reads them.
        migrations.RunSQL("SET LOCAL ROLE vigie_medical; SET LOCAL search_path = medical, public", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SceauTraces",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dernier", models.BigIntegerField(unique=True, verbose_name="dernière trace")),
                ("empreinte", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "sceau des traces de soutiens",
                "verbose_name_plural": "sceaux des traces de soutiens",
            },
        ),
    ]
