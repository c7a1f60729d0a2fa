from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0004_controls")]
    operations = [
        team_may(
            "evaluations",
            {"finding": ["view", "change"], "outcome": ["view"], "controlnight": ["view"]},
        )
    ]
