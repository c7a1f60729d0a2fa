"""What the team does in its administration of this room. Bookings, codes and traces are written by services alone:
"change" there opens their actions."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0002_first_texts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        team_may(
            "conventions",
            {
                "accessreminder": ["view"],
                "accessrenewal": ["view"],
                "agreement": ["view", "add", "change"],
                "agreementdocument": ["view"],
                "agreementtext": ["view", "add", "change"],
                "article": ["view", "add", "change", "delete"],
                "breach": ["view", "add", "change"],
                "breachletter": ["view"],
                "candidacy": ["view", "change"],
                "donation": ["view", "add", "change"],
                "evidenceentry": ["view"],
                "membership": ["view", "add", "change"],
                "receipt": ["view", "change"],
                "receiptyear": ["view"],
                "seasonaccess": ["view", "change"],
                "signaturelink": ["view"],
            },
        )
    ]
