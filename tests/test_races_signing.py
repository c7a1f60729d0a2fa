"""Many at once on one agreement: one signature, one original, one chain (safety, drills; B2, B3)."""

from django.utils import timezone

from conventions.models import Agreement, AgreementDocument, EvidenceEntry, SignatureLink
from conventions.services import countersigning, renewal, signing
from conventions.services.proof import verify
from conventions.tests.factories import AgreementFactory
from conventions.tests.signatures import (
    ADDRESS,
    SIGNER,
    a_draft,
    a_partner_signed,
    a_sent,
    code_of,
    mails,
    the_link,
)
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory
from tests.racing import RACE, assert_sound, kinds, together

pytestmark = RACE
FEW = 8


def test_same_code_typed_at_once_signs_once(settings):
    settings.SIGNATURE_ATTEMPTS = FEW * 2
    now = timezone.now()
    agreement = a_sent(at=now)
    link = the_link(agreement)
    signing.send_code(
        link=link, name=SIGNER["representative_name"], capacity="directrice", address=ADDRESS, at=now
    )
    code = code_of(mails("agreement-code")[0])

    def act():
        fresh = type(link).objects.select_related("agreement__structure").get(pk=link.pk)
        return signing.sign(link=fresh, typed=code, address=ADDRESS, at=now)

    outcomes = together([act] * FEW)
    assert kinds(outcomes) == {"Agreement": 1, "DomainError": FEW - 1}
    assert EvidenceEntry.objects.filter(kind="signed").count() == 1
    assert verify().sound
    assert_sound()


def test_countersigned_by_many_at_once_makes_one_original():
    now = timezone.now()
    agreement = a_partner_signed(at=now)
    staff = [UserFactory(staff=True) for _ in range(FEW)]

    def act(by):
        return lambda: countersigning.countersign(
            agreement=Agreement.objects.get(pk=agreement.pk), by=by, at=now
        )

    outcomes = together(act(by) for by in staff)
    assert kinds(outcomes) == {"Agreement": 1, "DomainError": FEW - 1}
    assert AgreementDocument.objects.filter(kind="original").count() == 1
    assert verify().sound


def test_sent_by_many_at_once_leaves_once():
    now, staff = timezone.now(), UserFactory(staff=True)
    agreement = a_draft(at=now)

    def act():
        return signing.send_for_signature(agreement=Agreement.objects.get(pk=agreement.pk), by=staff, at=now)

    assert kinds(together([act] * FEW)) == {"Agreement": 1, "DomainError": FEW - 1}
    assert len(mails("agreement-link")) == 1


def test_signing_against_withdrawing_ends_one_way():
    now, staff = timezone.now(), UserFactory(staff=True)
    for _ in range(3):
        agreement = a_sent(at=now)
        link = the_link(agreement)
        signing.send_code(
            link=link, name=SIGNER["representative_name"], capacity="directrice", address=ADDRESS, at=now
        )
        code = code_of(mails("agreement-code")[-1])

        def take_back(pk=agreement.pk):
            return countersigning.withdraw(agreement=Agreement.objects.get(pk=pk), by=staff, at=now)

        def put_name(pk=link.pk, typed=code):
            fresh = SignatureLink.objects.select_related("agreement__structure").get(pk=pk)
            return signing.sign(link=fresh, typed=typed, address=ADDRESS, at=now)

        together([take_back, put_name])
        agreement.refresh_from_db()
        # A signature may still be taken back before the association's; never the other way round.
        assert agreement.state == Agreement.State.WITHDRAWN
    assert verify().sound


def test_campaign_prepared_twice_at_once_drafts_once():
    now, staff = timezone.now(), UserFactory(staff=True)
    season = Season.of(timezone.localdate())
    for _ in range(4):
        AgreementFactory(this_season=True, structure=StructureFactory(**SIGNER))
    acts = [lambda: renewal.prepare_renewals(season=season.next, by=staff, at=now)] * 4
    assert sorted(together(acts)) == [0, 0, 0, 4]


def test_entries_written_at_once_make_one_chain():
    now = timezone.now()
    drafts, staff = [a_draft(at=now) for _ in range(FEW)], UserFactory(staff=True)

    def act(pk):
        return lambda: signing.send_for_signature(agreement=Agreement.objects.get(pk=pk), by=staff, at=now)

    assert kinds(together(act(draft.pk) for draft in drafts)) == {"Agreement": FEW}
    assert sorted(EvidenceEntry.objects.values_list("position", flat=True)) == list(range(1, FEW + 1))
    assert verify().sound
