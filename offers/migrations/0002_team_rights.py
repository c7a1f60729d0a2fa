"""What the team does in its administration of this room. Bookings, codes and traces are written by services alone:
"change" there opens their actions."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("offers", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        team_may(
            "offers",
            {
                "columnmapping": ["view"],
                "event": ["view", "add", "change"],
                "eventdraft": ["view"],
                "performance": ["view", "add", "change"],
                "picture": ["view"],
                "programmeimport": ["view"],
                "programmeupload": ["view"],
                "quota": ["view", "add", "change"],
            },
        )
    ]
