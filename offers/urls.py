from django.urls import path

from offers import feeds, views

app_name = "offers"
urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("catalogue/<uuid:event_id>/", views.event, name="event"),
    path("flux/<token:token>/programme.rss", feeds.programme_feed, name="programme_feed"),
    path("programme/", views.programme, name="programme"),
    path("programme/nouveau/", views.event_create, name="event_create"),
    path("programme/importer/", views.import_programme, name="import_programme"),
    path("programme/importer/<uuid:upload_id>/", views.import_preview, name="import_preview"),
    path("programme/<uuid:event_id>/", views.event_manage, name="event_manage"),
    path("programme/<uuid:event_id>/modifier/", views.event_edit, name="event_edit"),
    path("programme/<uuid:event_id>/dates/", views.performance_add, name="performance_add"),
    path("programme/<uuid:event_id>/retirer/", views.event_withdraw, name="event_withdraw"),
]
