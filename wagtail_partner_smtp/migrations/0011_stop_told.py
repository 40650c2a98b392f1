from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wagtail_partner_smtp", "0010_attempts"),
    ]

    operations = [
        migrations.AddField(
            model_name="partnerqueue",
            name="stop_told_at",
            field=models.DateTimeField(null=True),
        ),
    ]
