from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0009_season_reports")]
    operations = [team_may("evaluations", {"seasonreport": ["view", "add"]})]
