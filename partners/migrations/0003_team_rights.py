"""What the team does in its administration of this room. Bookings, codes and traces are written by services alone:
"change" there opens their actions."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0002_first_rows"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        team_may(
            "partners",
            {
                "accesslink": ["view"],
                "commune": ["view"],
                "feed": ["view", "change"],
                "helppage": ["view", "add", "change", "delete"],
                "priorityarea": ["view", "add", "change"],
                "question": ["view", "change"],
                "sector": ["view"],
                "structure": ["view", "add", "change"],
                "suspension": ["view"],
                "termsacceptance": ["view"],
                "termsofuse": ["view"],
                "user": ["view", "add", "change"],
                "venue": ["view", "add", "change"],
                "visitoraccess": ["view", "change"],
            },
        )
    ]
