"""What the team does with evaluation sheets: it writes and opens questionnaires, structures write the rest."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("evaluations", "0011_sheets"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        team_may(
            "evaluations",
            {
                "questionnaire": ["view", "add", "change"],
                "sheetquestion": ["view", "add", "change", "delete"],
                "sheet": ["view"],
                "sheetreminder": ["view"],
            },
        )
    ]
