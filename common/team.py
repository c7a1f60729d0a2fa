"""What the team may do in its administration, as migrations give it (F4)."""

from django.db import migrations

TEAM = "Équipe"  # the group that new accounts of the team join


def team_may(app: str, rights: dict[str, list[str]]) -> migrations.RunPython:
    """Give the group « Équipe » rights on models of `app`: which actions ("view", "add"…) on which model.

    Django makes the rights themselves only after all migrations: those that the group holds are made now.
    """

    def give(apps, schema_editor):
        kinds = apps.get_model("contenttypes", "ContentType").objects
        permissions = apps.get_model("auth", "Permission").objects
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=TEAM)
        for model, actions in rights.items():
            kind, _ = kinds.get_or_create(app_label=app, model=model)
            for action in actions:
                right, _ = permissions.get_or_create(
                    content_type=kind,
                    codename=f"{action}_{model}",
                    defaults={"name": f"Can {action} {model}"},
                )
                group.permissions.add(right)

    return migrations.RunPython(give, migrations.RunPython.noop)
