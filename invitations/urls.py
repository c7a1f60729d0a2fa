from django.urls import path

from invitations import views, views_draws

app_name = "invitations"
urlpatterns = [
    path("reserver/<uuid:performance_id>/", views.book, name="book"),
    path("sorties/", views.bookings, name="bookings"),
    path("sorties/<uuid:booking_id>/", views.booking, name="booking"),
    path("sorties/<uuid:booking_id>/invitations.pdf", views.booking_pdf, name="booking_pdf"),
    path("sorties/<uuid:booking_id>/annuler/", views.booking_cancel, name="booking_cancel"),
    path("invitations/<uuid:invitation_id>/invitation.pdf", views.invitation_pdf, name="invitation_pdf"),
    path("invitations/<uuid:invitation_id>/annuler/", views.invitation_cancel, name="invitation_cancel"),
    path("sorties/tirages/", views_draws.draw_requests, name="draw_requests"),
    path("sorties/tirages/<uuid:request_id>/", views_draws.draw_request, name="draw_request"),
    path("tirages/<uuid:performance_id>/", views_draws.draw, name="draw"),
    path("tirages/<uuid:performance_id>/donnees.json", views_draws.draw_data, name="draw_data"),
    path("tirages/<uuid:performance_id>/demander/", views_draws.draw_ask, name="draw_ask"),
    path("programme/seance/<uuid:performance_id>/tirage/", views_draws.draw_manage, name="draw_manage"),
    path("personnes/", views.participants, name="participants"),
    path("personnes/nouvelle/", views.participant_add, name="participant_add"),
    path("personnes/<uuid:participant_id>/", views.participant, name="participant"),
    path("accueil/", views.door, name="door"),
    path("accueil/<uuid:performance_id>/", views.door_list, name="door_list"),
    path("accueil/numero/", views.door_number, name="door_number"),
    path("accueil/invitation/<uuid:invitation_id>/", views.door_invitation, name="door_invitation"),
    path("accueil/<uuid:performance_id>/annuler/", views.performance_cancel, name="performance_cancel"),
    path("i/<token:token>/", views.check, name="check"),
]
