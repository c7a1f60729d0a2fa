"""The team reads what structures ask of venues (C8)."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("invitations", "0004_material_requests"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [team_may("invitations", {"materialrequest": ["view"]})]
