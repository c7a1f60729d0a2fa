"""What the team reads of who came; "change" opens its action."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("evaluations", "0006_attendance"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        team_may(
            "evaluations",
            {"outingcomment": ["view", "change"], "noattendancereminder": ["view"]},
        )
    ]
