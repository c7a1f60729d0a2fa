from django.urls import path

from conventions.views import (
    access,
    agreements,
    breaches,
    candidacies,
    directory,
    membership,
    partnership,
    signing,
    team,
)

app_name = "conventions"
urlpatterns = [
    path("partenariat/", partnership.partnership, name="partnership"),
    path(
        "partenariat/conventions/<uuid:agreement_id>/lien/", agreements.agreement_link, name="agreement_link"
    ),
    path(
        "partenariat/conventions/<uuid:agreement_id>/papier/",
        agreements.agreement_paper,
        name="agreement_paper",
    ),
    path(
        "partenariat/conventions/<uuid:agreement_id>/document/<slug:name>/",
        agreements.agreement_document,
        name="agreement_document",
    ),
    path("signature/<token:token>/", signing.signature, name="signature"),
    path("signature/<token:token>/code/", signing.signature_code, name="signature_code"),
    path("signature/<token:token>/refuser/", signing.signature_refuse, name="signature_refuse"),
    path("signature/<token:token>/autre-personne/", signing.signature_other, name="signature_other"),
    path("signature/<token:token>/nouveau-lien/", signing.signature_renew, name="signature_renew"),
    path(
        "signature/<token:token>/document/<slug:name>/",
        signing.signature_document,
        name="signature_document",
    ),
    path("partenariat/annuaire/", directory.directory_listing, name="directory_listing"),
    path("partenariat/adhesion/", membership.membership_ask, name="membership_ask"),
    path("partenariat/recus/<uuid:pk>/", membership.receipt_pdf, name="receipt_pdf"),
    path("partenariat/manquement/", breaches.breach_start, name="breach_start"),
    path("partenariat/manquement/<uuid:breach_id>/", breaches.breach, name="breach"),
    path("partenariat/lettre/<uuid:letter_id>/", breaches.breach_letter, name="breach_letter"),
    path("annuaire/", directory.directory, name="directory"),
    path("annuaire/public/", directory.public_directory, name="public_directory"),
    path("devenir-partenaire/", candidacies.candidacy, name="candidacy"),
    path("devenir-partenaire/structure/", candidacies.structure_candidacy, name="structure_candidacy"),
    path("devenir-partenaire/lieu/", candidacies.venue_candidacy, name="venue_candidacy"),
    path("devenir-partenaire/merci/", candidacies.candidacy_thanks, name="candidacy_thanks"),
    path("devenir-partenaire/communes/", candidacies.communes, name="communes"),
    path("partenariat/equipe/", team.team, name="team"),
    path("partenariat/equipe/inviter/", team.invite, name="team_invite"),
    path("partenariat/equipe/confirmer/", team.confirm, name="team_confirm"),
    path("partenariat/equipe/<uuid:account_id>/lien/", team.link, name="team_link"),
    path("partenariat/equipe/<uuid:account_id>/retirer/", team.remove, name="team_remove"),
    path("partenariat/equipe/<uuid:account_id>/referent/", team.hand_over, name="team_hand_over"),
    path("acces/", access.access, name="access"),
    path("acces/lien/", access.ask_link, name="access_link"),
]
