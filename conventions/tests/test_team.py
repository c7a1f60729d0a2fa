"""The référent·e invites, sends again, removes, hands over, confirms; colleagues read; strangers see nothing (A4)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError, TooManyAttempts
from common.models import AuditEntry, OutboxMessage
from common.tests.factories import paris
from conventions.models import AccessRenewal
from conventions.services.access import confirm_team, resend_links, season_to_confirm, team_of
from conventions.tests.factories import AgreementFactory
from partners.models import User
from partners.seasons import Season
from partners.services import close_account, hand_over_lead, invite_colleague
from partners.tests.factories import PASSWORD, AccessLinkFactory, StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

TEAM = "/partenariat/equipe/"


@pytest.fixture
def lead(cast):
    return cast.browser("lead")


def said(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def act(browser, account, what):
    return browser.post(f"{TEAM}{account.pk}/{what}/", follow=True)


def invite(browser, **typed):
    typed = {"display_name": "Noé Valmorin", "email": "Noe.Valmorin@structure.example", **typed}
    return browser.post(f"{TEAM}inviter/", typed, follow=True)


def lead_of(structure):
    return User.objects.get(structure=structure, role=User.Role.LEAD, is_active=True)


def test_invited_colleague_gets_an_account_and_a_link(lead, cast):
    assert "Un lien est parti à noe.valmorin@structure.example" in said(invite(lead))
    account = User.objects.get(email="noe.valmorin@structure.example")
    assert (account.structure, account.role) == (cast.lead.structure, User.Role.WORKER)
    assert not account.has_usable_password()
    assert OutboxMessage.objects.get().recipient == account.email
    page = said(lead.get(TEAM))
    assert "Noé Valmorin" in page and "lien envoyé" in page
    entry = AuditEntry.objects.get(verb="compte ouvert")
    assert entry.actor == f"compte {cast.lead.pk}"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": ""}, "Écrivez son adresse"),
        ({"email": "pas une adresse"}, "n'est pas complète"),
        ({"display_name": ""}, "prénom et le nom"),
        ({"display_name": "x" * 121}, "120"),
    ],
)
def test_invitation_that_is_refused_keeps_what_was_typed(lead, typed, sentence):
    page = said(invite(lead, **typed))
    assert sentence in page
    assert "Noé Valmorin" in page or "Noe.Valmorin@structure.example" in page
    assert not OutboxMessage.objects.exists()


def test_address_that_is_known_tells_nothing_about_others(lead, cast):
    for other in (cast.stranger, cast.desk, cast.staff):
        page = said(invite(lead, email=other.email.upper()))
        assert "sert déjà à un autre compte" in page
        assert other.display_name not in page
        assert not other.partner or str(other.partner) not in page
    assert "déjà dans votre liste" in said(invite(lead, email=cast.worker.email))
    assert not OutboxMessage.objects.exists()


def test_somebody_who_left_another_structure_is_not_taken_over(lead, cast):
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    assert "sert déjà à un autre compte" in said(invite(lead, email=cast.stranger.email))


def test_somebody_who_comes_back_chooses_a_new_password(lead, cast):
    act(lead, cast.worker, "retirer")
    assert "Un lien est parti" in said(invite(lead, email=cast.worker.email, display_name="Nom de retour"))
    cast.worker.refresh_from_db()
    assert cast.worker.is_active and not cast.worker.has_usable_password()
    assert cast.worker.display_name == "Nom de retour"
    assert not Client().login(email=cast.worker.email, password=PASSWORD)


def test_invitations_stop_after_some_in_a_day(cast, settings):
    settings.TEAM_INVITATIONS = 2
    now, structure = timezone.now(), cast.lead.structure
    for number in range(2):
        invite_colleague(
            structure=structure,
            display_name="Noé",
            email=f"noe{number}@structure.example",
            by=cast.lead,
            at=now,
        )
    with pytest.raises(TooManyAttempts):
        invite_colleague(
            structure=structure, display_name="Noé", email="noe9@structure.example", by=cast.lead, at=now
        )
    assert not User.objects.filter(email="noe9@structure.example").exists()


def test_addresses_are_not_tried_one_after_another(lead, cast, settings):
    settings.TEAM_INVITATIONS = 2
    for _ in range(2):
        assert "sert déjà à un autre compte" in said(invite(lead, email=cast.stranger.email))
    assert "sert déjà" not in said(invite(lead, email=cast.stranger.email))
    assert "Beaucoup d'invitations" in said(invite(lead, email="noe9@structure.example"))


def test_links_to_a_colleague_stop_after_some_in_an_hour(lead, cast, settings):
    for _ in range(settings.ACCESS_LINK_REQUESTS):
        assert "Un nouveau lien est parti" in said(act(lead, cast.worker, "lien"))
    assert act(lead, cast.worker, "lien").status_code == 429
    sent = AuditEntry.objects.filter(verb="lien de mot de passe envoyé", actor__endswith=str(cast.lead.pk))
    assert sent.count() == settings.ACCESS_LINK_REQUESTS


def test_removed_colleague_is_out_at_the_next_click(lead, cast):
    theirs = cast.browser("worker")
    assert theirs.get("/sorties/").status_code == 200
    link = AccessLinkFactory(user=cast.worker)
    assert "n'entre plus sur le portail" in said(act(lead, cast.worker, "retirer"))
    assert theirs.get("/sorties/").status_code == 302
    assert Client().get(f"/acces/{link.token}/").status_code == 404
    assert AuditEntry.objects.filter(verb="compte fermé").count() == 1


def test_referent_hands_over_before_leaving(lead, cast):
    assert act(lead, cast.lead, "retirer").status_code == 409
    assert "maintenant référent·e" in said(act(lead, cast.worker, "referent"))
    assert lead_of(cast.lead.structure) == cast.worker
    assert OutboxMessage.objects.get().recipient == cast.worker.email
    assert lead.get(f"{TEAM}inviter/").status_code == 403
    assert "Inviter" not in said(lead.get(TEAM))
    assert "n'entre plus" in said(act(cast.browser("worker"), cast.lead, "retirer"))


def test_role_goes_to_nobody_who_cannot_take_it(cast):
    new = UserFactory(structure=cast.lead.structure, password_chosen_at=None)
    gone = UserFactory(structure=cast.lead.structure, is_active=False)
    for account, sentence in ((new, "pas encore choisi"), (gone, "fermé"), (cast.desk, "fermé")):
        with pytest.raises(DomainError, match=sentence):
            hand_over_lead(to=account, by=cast.lead, at=timezone.now())
    with pytest.raises(DomainError, match="déjà référent"):
        hand_over_lead(to=cast.lead, by=cast.lead, at=timezone.now())
    with pytest.raises(DomainError, match="n'êtes plus"):
        hand_over_lead(to=cast.worker, by=cast.stranger, at=timezone.now())
    assert lead_of(cast.lead.structure) == cast.lead


def test_referent_who_handed_over_hands_over_nothing_more(cast):
    hand_over_lead(to=cast.worker, by=cast.lead, at=timezone.now())
    third = UserFactory(structure=cast.lead.structure)
    with pytest.raises(DomainError, match="n'êtes plus"):
        hand_over_lead(to=third, by=cast.lead, at=timezone.now())
    assert lead_of(cast.lead.structure) == cast.worker


def test_link_is_sent_again_to_who_waits_for_it(lead, cast):
    account = UserFactory(structure=cast.lead.structure, password_chosen_at=None)
    AccessLinkFactory(user=account, created_at=timezone.now() - timedelta(days=9))
    assert "lien expiré" in said(lead.get(TEAM))
    assert "Un nouveau lien est parti" in said(act(lead, account, "lien"))
    assert "lien envoyé" in said(lead.get(TEAM))


def test_colleagues_read_and_change_nothing(cast):
    browser = cast.browser("worker")
    page = said(browser.get(TEAM))
    assert cast.lead.email in page
    assert "Retirer" not in page and "Inviter" not in page and "Cette liste est juste" not in page


def test_list_shows_ones_own_structure_alone(cast):
    page = said(cast.browser("lead").get(TEAM))
    assert cast.stranger.email not in page and cast.worker.email in page
    for what in ("lien", "retirer", "referent"):
        assert act(cast.browser("lead"), cast.stranger, what).status_code == 404
    cast.stranger.refresh_from_db()
    assert cast.stranger.is_active


def test_list_says_where_everybody_stands():
    structure = StructureFactory()
    for season in (Season(2026), Season(2027)):
        AgreementFactory(
            structure=structure,
            starts_on=season.starts_on,
            ends_on=season.ends_on,
            signed_on=date(2026, 9, 1),
        )
    stale = {"structure": structure, "password_chosen_at": paris(2026, 11, 3)}
    UserFactory(lead=True, structure=structure, password_chosen_at=paris(2027, 10, 2), display_name="A")
    UserFactory(display_name="B", **stale)
    linked = UserFactory(display_name="C", **stale)
    AccessLinkFactory(user=linked, created_at=paris(2027, 10, 4))
    UserFactory(display_name="D", structure=structure, password_chosen_at=None)

    def standing(at):
        return [(member.account.display_name, member.says) for member in team_of(structure=structure, at=at)]

    assert standing(paris(2027, 10, 5)) == [
        ("A", "a choisi son mot de passe"),
        ("B", "doit choisir un nouveau mot de passe"),
        ("C", "lien envoyé"),
        ("D", "lien expiré"),
    ]
    assert standing(paris(2027, 11, 5))[1:3] == [
        ("B", "n'entre plus : mot de passe à renouveler"),
        ("C", "n'entre plus : mot de passe à renouveler"),
    ]


def test_list_takes_the_same_queries_whatever_its_length(lead, cast, django_assert_max_num_queries):
    lead.get(TEAM)
    UserFactory.create_batch(25, structure=cast.lead.structure)
    with django_assert_max_num_queries(5):  # session, account, people, confirmation
        lead.get(TEAM)


# --- The list of the season -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "season"),
    [
        (date(2027, 8, 31), 2026),
        (date(2027, 9, 1), 2027),
        (date(2027, 10, 1), 2027),
        (date(2028, 8, 31), 2027),
        (date(2028, 9, 1), 2028),
    ],
)
def test_list_is_confirmed_from_thirty_days_before_the_season(on, season):
    assert season_to_confirm(on=on) == Season(season)


def test_referent_confirms_the_list_once(lead, cast):
    assert "Cette liste est juste" in said(lead.get(TEAM))
    for _ in range(2):
        assert "la liste est confirmée" in said(lead.post(f"{TEAM}confirmer/", follow=True))
    assert "Liste confirmée pour la saison" in said(lead.get(TEAM))
    renewal = AccessRenewal.objects.get()
    assert renewal.confirmed_by == cast.lead and renewal.opened_at is None
    assert AuditEntry.objects.filter(verb="personnes habilitées confirmées").count() == 1


def test_confirmation_of_a_season_says_nothing_of_the_next(cast):
    at = paris(2027, 8, 31, 12)
    confirm_team(structure=cast.lead.structure, by=cast.lead, at=at)
    confirm_team(structure=cast.lead.structure, by=cast.lead, at=at + timedelta(days=1))
    assert set(AccessRenewal.objects.confirmed().values_list("season_year", flat=True)) == {2026, 2027}


# --- Staff ------------------------------------------------------------------------------------------------


def staff_do(cast, model, action, *rows):
    return cast.browser("staff").post(
        reverse(f"admin:{model}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        follow=True,
    )


def test_staff_name_a_referent_and_close_accounts(cast):
    assert "Référent·e·s nommé·e·s : 1." in said(staff_do(cast, "partners_user", "make_leads", cast.worker))
    assert lead_of(cast.worker.structure) == cast.worker
    assert "Comptes fermés : 1." in said(staff_do(cast, "partners_user", "close_accounts", cast.lead))
    assert not User.objects.get(pk=cast.lead.pk).is_active
    assert "propre compte" in said(staff_do(cast, "partners_user", "close_accounts", cast.staff))
    assert "déjà fermé" in said(staff_do(cast, "partners_user", "close_accounts", cast.lead))


def test_staff_without_all_rights_close_no_account_that_has_them(cast):
    helper = UserFactory(staff=True, is_superuser=False)
    with pytest.raises(DomainError, match="tous les droits"):
        close_account(account=cast.staff, by=helper, at=timezone.now())


def test_staff_see_who_is_late_and_send_links_again(cast):
    page = said(cast.browser("staff").get(reverse("admin:conventions_seasonaccess_changelist")))
    late = cast.expired.structure
    assert late.name in page and "0 sur 1" in page
    shown = cast.browser("staff").get(
        reverse("admin:conventions_seasonaccess_changelist"), {"acces": "a-renouveler"}
    )
    assert [row.pk for row in shown.context["cl"].result_list] == [late.pk]
    done = staff_do(
        cast, "conventions_seasonaccess", "resend", late, cast.lead.structure, cast.unsigned.structure
    )
    assert "ont reçu un lien : 1." in said(done)
    assert "chaque personne a déjà" in said(done) and "pas de convention en vigueur" in said(done)
    assert OutboxMessage.objects.get().recipient == cast.expired.email


@pytest.mark.parametrize("query", ["acces=out", "acces=renewed", "liste=a-confirmer", "liste=confirmee", "acces=x",
                                   "convention=absente", "convention=vigueur"])  # fmt: skip
def test_filters_of_the_seasons_page_answer(cast, query):
    page = cast.browser("staff").get(f"{reverse('admin:conventions_seasonaccess_changelist')}?{query}")
    assert page.status_code == 200
    names = {row.name for row in page.context["cl"].result_list}
    assert (cast.expired.structure.name in names) == (
        query in {"acces=out", "liste=a-confirmer", "acces=x", "convention=vigueur"}
    )


def test_picture_counts_structures_under_an_agreement(cast):
    page = cast.browser("staff").get(reverse("admin:conventions_seasonaccess_changelist"))
    counts = {bar.standing: bar.count for bar in page.context["bars"]}
    houses = {getattr(cast, who).structure for who in ("lead", "stranger", "suspended")}
    assert counts == {"renewed": len(houses), "partly": 0, "grace": 0, "out": 1, "empty": 0}
    assert sum(bar.width for bar in page.context["bars"]) == 600


def test_resent_links_need_an_agreement_in_force(cast):
    with pytest.raises(DomainError, match="convention en vigueur"):
        resend_links(structure=cast.unsigned.structure, by=cast.staff, at=timezone.now())
