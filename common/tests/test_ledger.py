"""The ledger of what was erased outlives the database that it stands in (F2)."""

import io
import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from common import ledger
from common.errors import DomainError
from common.models import AuditEntry, Erased
from common.tests.factories import paris

NOW = paris(2026, 11, 22, 15, 30)

pytestmark = pytest.mark.django_db
ROW = "0b7a4c1e-6d52-4a3f-9e80-2f1c5d8b7a96"


def test_copy_comes_back_as_it_was_and_twice_changes_nothing():
    rows = [uuid4(), uuid4()]
    ledger.remember(AuditEntry, rows, at=NOW)
    out = io.StringIO()
    call_command("erasures", stdout=out)
    copy = ledger.from_json(out.getvalue())
    Erased.objects.filter(row=rows[0]).delete()
    for _ in range(2):
        ledger.write(copy)
    assert {(one.model, one.row, one.at) for one in Erased.objects.all()} == {
        ("common.auditentry", row, NOW) for row in rows
    }


@pytest.mark.parametrize(
    "text",
    ["", "{", "3", "{}x", '["a"]', '[{"model": "a"}]']
    + [
        json.dumps([{"model": "a", "row": row, "at": at}])
        for row, at in [("x", NOW.isoformat()), (ROW, "hier"), (ROW, "2026-11-22T15:30")]
    ],
)
def test_what_is_no_copy_is_refused(text):
    with pytest.raises(DomainError, match="n'est pas une copie des effacements"):
        ledger.from_json(text)


def test_restore_refuses_before_anything_is_changed(tmp_path):
    wrong, backup = tmp_path / "copie.json", tmp_path / "portail.backup"
    wrong.write_text("{")
    with pytest.raises(CommandError, match="n'est pas une copie") as refused:
        call_command("restore", str(backup), erasures=str(wrong))
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="Impossible de lire .*nulle-part"):
        call_command("restore", str(backup), erasures=str(tmp_path / "nulle-part"))
