from django.urls import path

from evaluations import feeds
from evaluations.views import attendance, controls, coverage, criee, figures, reports, sheets, thanks

app_name = "evaluations"
urlpatterns = [
    path("programme/chiffres/", figures.venue_figures, name="venue_figures"),
    path("sorties/<uuid:booking_id>/merci/", thanks.thank, name="thank"),
    path("suivi/", controls.controls, name="controls"),
    path("suivi/constats/<uuid:finding_id>/", controls.finding, name="finding"),
    path("suivi/accueil/", controls.welcome, name="welcome"),
    path("suivi/territoire/", coverage.coverage, name="coverage"),
    path("suivi/rapports/", reports.reports, name="reports"),
    path("suivi/rapports/<int:year>/faire/", reports.report_ask, name="report_ask"),
    path("suivi/rapports/<uuid:report_id>/", reports.report_document, name="report_document"),
    path("suivi/bilans/<slug:kind>/<uuid:partner_id>/<int:year>/", reports.review, name="review"),
    path("bilan/", reports.own_review, name="own_review"),
    path("suivi/chiffres/", figures.figures, name="figures"),
    path("suivi/chiffres/compter/", figures.count_figures, name="count_figures"),
    path("sorties/chiffres/", figures.structure_figures, name="structure_figures"),
    path("suivi/equite/", controls.fairness, name="fairness"),
    path("sorties/presences/", attendance.attendance, name="attendance"),
    path("sorties/presences/rappels/", attendance.attendance_reminders, name="attendance_reminders"),
    path("fiches/", sheets.sheets, name="sheets"),
    path("fiches/<uuid:questionnaire_id>/", sheets.sheet, name="sheet"),
    path("fiches/<uuid:sheet_id>/corriger/", sheets.sheet_take_back, name="sheet_take_back"),
    path("fiches/<uuid:sheet_id>/fiche.pdf", sheets.sheet_paper, name="sheet_pdf"),
    path("suivi/fiches/", sheets.questionnaires, name="questionnaires"),
    path("suivi/fiches/<uuid:questionnaire_id>/", sheets.questionnaire, name="questionnaire"),
    path(
        "suivi/fiches/<uuid:questionnaire_id>/rappeler/",
        sheets.questionnaire_remind,
        name="questionnaire_remind",
    ),
    path(
        "suivi/fiches/<uuid:questionnaire_id>/reponses.csv",
        sheets.questionnaire_table,
        name="questionnaire_table",
    ),
    path("criee/", criee.criee, name="criee"),
    path("criee/avis.rss", feeds.criee_rss, name="criee_rss"),
    path("criee/avis.atom", feeds.criee_atom, name="criee_atom"),
    path("criee/charte/", criee.charter, name="criee_charter"),
    path("criee/ecrire/", criee.write, name="criee_write"),
    path("criee/suivi/<token:token>/", criee.follow, name="criee_follow"),
    path("criee/<uuid:opinion_id>/", criee.opinion, name="criee_opinion"),
    path("criee/<uuid:opinion_id>/repondre/", criee.answer, name="criee_answer"),
    path("criee/<uuid:opinion_id>/signaler/", criee.report, name="criee_report"),
]
