"""What the team does in its administration of this room. Bookings, codes and traces are written by services alone:
"change" there opens their actions."""

from django.db import migrations

from common.team import team_may


class Migration(migrations.Migration):
    dependencies = [
        ("invitations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        team_may(
            "invitations",
            {
                "admission": ["view"],
                "booking": ["view", "change"],
                "changenotice": ["view"],
                "datechange": ["view"],
                "draw": ["view", "add", "change"],
                "drawguest": ["view"],
                "drawrequest": ["view"],
                "erasurenight": ["view"],
                "groupouting": ["view", "change"],
                "invitation": ["view", "change"],
                "news": ["view", "add", "change"],
                "newsrelay": ["view"],
                "nodocumentmail": ["view"],
                "participant": ["view"],
                "seatscall": ["view"],
                "usagealert": ["view", "change"],
                "usagenote": ["view", "add"],
                "usagereview": ["view"],
                "venuedocument": ["view"],
                "waitlistentry": ["view", "change"],
                "waitlistguest": ["view"],
            },
        )
    ]
