from django.urls import path

from offers import feeds
from offers.views import catalogue, drafts, pictures, programme, revisions, uploads

app_name = "offers"
urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/<uuid:event_id>/", catalogue.event, name="event"),
    path("flux/<token:token>/programme.rss", feeds.programme_feed, name="programme_feed"),
    path("programme/", programme.programme, name="programme"),
    path("programme/nouveau/", drafts.event_create, name="event_create"),
    path("programme/brouillons/<uuid:draft_id>/", drafts.event_draft, name="event_draft"),
    path("programme/brouillons/<uuid:draft_id>/apercu/", drafts.event_preview, name="event_preview"),
    path("programme/brouillons/<uuid:draft_id>/supprimer/", drafts.draft_discard, name="draft_discard"),
    path("programme/<uuid:event_id>/image/", pictures.event_picture, name="event_picture"),
    path("images/<str:name>/<str:crop>.webp", pictures.picture, name="picture"),
    path("programme/importer/", uploads.import_programme, name="import_programme"),
    path("programme/importer/modele.csv", uploads.import_example, name="import_example"),
    path("programme/importer/<uuid:upload_id>/", uploads.import_preview, name="import_preview"),
    path("programme/importer/<uuid:upload_id>/colonnes/", uploads.import_columns, name="import_columns"),
    path("programme/<uuid:event_id>/", programme.event_manage, name="event_manage"),
    path("programme/<uuid:event_id>/modifier/", revisions.event_edit, name="event_edit"),
    path("programme/<uuid:event_id>/dates/", programme.performance_add, name="performance_add"),
    path("programme/<uuid:event_id>/dupliquer/", drafts.event_copy, name="event_copy"),
    path("programme/<uuid:event_id>/reprendre/", programme.event_free_seats, name="event_free_seats"),
    path(
        "programme/seance/<uuid:performance_id>/reprendre/",
        programme.performance_free_seats,
        name="performance_free_seats",
    ),
    path("programme/<uuid:event_id>/retirer/", programme.event_withdraw, name="event_withdraw"),
]
