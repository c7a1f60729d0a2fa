"""The team sees that a venue is changing an event, to help it; not what it types (C1)."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("offers", "0003_event_changes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [team_may("offers", {"eventchange": ["view"]})]
