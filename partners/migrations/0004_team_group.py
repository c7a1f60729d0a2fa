"""The rights that the team's daily work needs, in a group « Équipe » that new accounts of the team join (A4)."""

from django.db import migrations

NAME = "Équipe"
# What each page allows. Bookings, codes and traces are written by services alone: "change" there opens their actions.
RIGHTS = {
    ("partners", "structure"): ["view", "add", "change"],
    ("partners", "venue"): ["view", "add", "change"],
    ("partners", "user"): ["view", "add", "change"],
    ("partners", "visitoraccess"): ["view", "change"],
    ("partners", "sector"): ["view"],
    ("partners", "commune"): ["view"],
    ("partners", "termsofuse"): ["view"],
    ("partners", "termsacceptance"): ["view"],
    ("conventions", "agreement"): ["view", "add", "change"],
    ("offers", "event"): ["view", "add", "change"],
    ("offers", "performance"): ["view", "add", "change"],
    ("offers", "programmeupload"): ["view"],
    ("invitations", "booking"): ["view", "change"],
    ("invitations", "invitation"): ["view", "change"],
    ("invitations", "participant"): ["view"],
    ("invitations", "usagealert"): ["view", "change"],
    ("common", "outboxmessage"): ["view"],
}


def make(apps, schema_editor):
    """Django makes the rights themselves only after all migrations: those that the group holds are made now."""
    kinds = apps.get_model("contenttypes", "ContentType").objects
    rights = apps.get_model("auth", "Permission").objects
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=NAME)
    for (app, model), actions in RIGHTS.items():
        kind, _ = kinds.get_or_create(app_label=app, model=model)
        for action in actions:
            right, _ = rights.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_territory"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
