"""Evidence tells true from altered: one byte, one fact, one column, one entry, the tail, swapped papers (B3)."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.models import ProtectedError
from django.urls import reverse

from common.crypto import fingerprint
from conventions.models import Agreement, AgreementDocument, EvidenceEntry, EvidenceHead
from conventions.services.agreements import keep_agreement
from conventions.services.evidence import append
from conventions.services.proof import Proof, proofs, verify
from conventions.tests.factories import AgreementFactory
from conventions.tests.signatures import a_draft, a_sent, a_signed
from partners.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
# What somebody with the database alone can do: write rows without asking the models.
ROWS = models.QuerySet(EvidenceEntry)


def reseal():
    """Put the head where the chain now ends, as somebody without the key would."""
    last = EvidenceEntry.objects.order_by("-position").first()
    EvidenceHead.objects.update(position=last.position, mac=last.mac)


def remove(position):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conventions_evidenceentry WHERE position = %s", [position])


def one_byte_of_the_pdf(agreement):
    document = agreement.documents.get(kind="original")
    content = bytearray(document.content)
    content[len(content) // 2] ^= 1
    document.content = bytes(content)
    document.save()


def one_byte_of_the_pdf_and_its_fingerprint(agreement):
    one_byte_of_the_pdf(agreement)
    document = agreement.documents.get(kind="original")
    document.sha256 = fingerprint(bytes(document.content))
    document.save()


def one_stored_byte(agreement):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conventions_agreementdocument SET content = %s", [b"gAAAA"])


def one_word_shown(agreement):
    document = agreement.documents.get(kind="frozen")
    document.words["articles"][0]["heading"] = "Autre objet"
    document.save()


def one_fact(agreement):
    entry = agreement.evidence.get(kind="signed")
    ROWS.filter(pk=entry.pk).update(content=entry.content.replace("192.0.2.7", "192.0.2.8"))


def one_moment(agreement):
    entry = agreement.evidence.get(kind="signed")
    ROWS.filter(pk=entry.pk).update(at=entry.at + timedelta(seconds=1))


def one_deleted_entry(agreement):
    remove(agreement.evidence.get(kind="signed").position)


def the_tail_cut(agreement):
    remove(agreement.evidence.order_by("-position").first().position)


def the_tail_cut_and_the_head_moved(agreement):
    the_tail_cut(agreement)
    reseal()


def a_document_taken_away(agreement):
    agreement.documents.filter(kind="original").delete()


def a_column(**fields):
    def alter(agreement):
        Agreement.objects.filter(pk=agreement.pk).update(**fields)

    alter.__name__ = "column " + ", ".join(fields)
    return alter


ALTERATIONS = [
    one_byte_of_the_pdf, one_byte_of_the_pdf_and_its_fingerprint, one_stored_byte, one_word_shown, one_fact,
    one_moment, one_deleted_entry, the_tail_cut, the_tail_cut_and_the_head_moved, a_document_taken_away,
    a_column(signatory_name="Quelqu'un d'autre"), a_column(ends_on=datetime(2030, 9, 30).date()),
    a_column(signed_on=datetime(2026, 10, 1).date()), a_column(president_name="Une autre"),
    a_column(representative_email="x@autre.example"), a_column(countersigned_at=None),
]  # fmt: skip


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_alteration_shows_in_the_command_in_the_list_and_in_the_audit(alter, client):
    bystander, agreement = a_signed(at=NOW), a_signed(at=NOW)
    assert verify().sound
    alter(agreement)
    verdict = verify()
    assert not verdict.sound
    assert str(agreement.pk) in {found.agreement for found in verdict.alterations} or "" in {
        found.agreement for found in verdict.alterations
    }
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_agreements", "--json", stdout=out)
    assert ended.value.code == 1 and json.loads(out.getvalue())["sound"] is False
    fresh = list(Agreement.objects.filter(pk__in=[agreement.pk, bystander.pk]))
    told = proofs(fresh)
    assert told[agreement.pk] == Proof.ALTERED
    if alter is not one_stored_byte:  # that one strikes every document
        assert told[bystander.pk] == Proof.TRUE
    client.force_login(UserFactory(staff=True))
    listed = client.get(reverse("admin:conventions_agreement_changelist")).text
    assert "altérée" in listed


def test_swapped_papers_of_two_agreements_show():
    one, other = a_signed(at=NOW), a_signed(at=NOW)
    mine, theirs = (each.documents.get(kind="original") for each in (one, other))
    mine.content, theirs.content = theirs.content, mine.content
    mine.sha256, theirs.sha256 = theirs.sha256, mine.sha256
    mine.save(), theirs.save()
    assert {found.agreement for found in verify().alterations} == {str(one.pk), str(other.pk)}


def test_agreement_made_signed_by_hand_in_the_database_shows():
    agreement = a_sent(at=NOW)
    Agreement.objects.filter(pk=agreement.pk).update(signed_on=NOW.date(), route="portal")
    assert any("signée le" in found.what for found in verify().alterations)
    draft = a_draft(at=NOW)
    Agreement.objects.filter(pk=draft.pk).update(signed_on=NOW.date(), route="portal")
    assert any("aucune preuve" in found.what for found in verify().alterations)


def test_whole_database_put_back_shows_against_a_head_noted_elsewhere():
    a_signed(at=NOW)
    noted = verify().head
    remove(EvidenceEntry.objects.count())
    assert "notée ailleurs" in str(verify(since=noted).alterations)
    call = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_agreements", "--since", noted, stdout=call)
    assert "1:abc" not in call.getvalue()


def test_entry_that_is_not_the_one_noted_shows():
    a_signed(at=NOW)
    assert verify(since=verify().head).sound
    assert "celle qui fut notée" in str(verify(since="2:" + "0" * 64).alterations)


def test_command_tells_what_it_checked_and_refuses_nonsense():
    a_signed(at=NOW)
    out = StringIO()
    call_command("verify_agreements", stdout=out)
    assert "Tout est intact : 4 preuves, 2 documents, 1 conventions. Fin de chaîne : 4:" in out.getvalue()
    with pytest.raises(Exception, match="RANG:SCEAU"):
        call_command("verify_agreements", "--since", "hier", stdout=out)


def test_another_key_verifies_nothing(settings):
    a_signed(at=NOW)
    settings.EVIDENCE_KEY = "une autre clé, qui n'est pas la bonne"
    assert not verify().sound


def test_evidence_is_only_ever_added_to():
    entry = a_sent(at=NOW).evidence.get()
    for act in (
        entry.save,
        entry.delete,
        EvidenceEntry.objects.all().delete,
        lambda: EvidenceEntry.objects.update(kind="autre"),
        lambda: EvidenceEntry.objects.bulk_update([entry], ["kind"]),
    ):
        with pytest.raises(TypeError):
            act()
    with pytest.raises(ProtectedError):
        entry.agreement.delete()
    assert verify().sound


def test_agreement_of_before_is_paper_entered_by_hand_and_not_altered(client):
    old = AgreementFactory()
    assert proofs([old])[old.pk] == Proof.NONE
    assert verify().sound
    client.force_login(UserFactory(staff=True))
    assert (
        "saisie par l&#x27;équipe, sans preuve"
        in client.get(reverse("admin:conventions_agreement_changelist")).text
    )


def test_agreement_entered_by_hand_is_sealed_from_then_on():
    agreement = AgreementFactory.build(structure=AgreementFactory().structure)
    keep_agreement(agreement=agreement, by=UserFactory(staff=True), at=NOW)
    assert verify().sound
    Agreement.objects.filter(pk=agreement.pk).update(signed_on=NOW.date() - timedelta(days=400))
    assert not verify().sound


def test_checking_takes_the_same_queries_whatever_the_number(django_assert_max_num_queries):
    agreements = [a_signed(at=NOW) for _ in range(6)]
    with django_assert_max_num_queries(6):
        assert verify().agreements == 6
    with django_assert_max_num_queries(3):
        proofs(agreements)


def test_facts_of_others_are_sealed_too():
    agreement = a_signed(at=NOW)
    entry = append(agreement=agreement, kind="lettre", facts={"jour": "2026-11-22"}, at=NOW)
    assert entry.label == "lettre" and verify().sound


def test_documents_are_encrypted_in_the_database():
    a_sent(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM conventions_agreementdocument")
        stored = bytes(cursor.fetchone()[0])
    assert not stored.startswith(b"%PDF")
    assert bytes(AgreementDocument.objects.get().content).startswith(b"%PDF")
