from django.urls import path

from invitations.views import booking, door, draws, people, seats, waiting

app_name = "invitations"
urlpatterns = [
    path("reserver/<uuid:performance_id>/", booking.book, name="book"),
    path("sorties/", booking.bookings, name="bookings"),
    path("sorties/<uuid:booking_id>/", booking.booking, name="booking"),
    path("sorties/<uuid:booking_id>/invitations.pdf", booking.booking_pdf, name="booking_pdf"),
    path("sorties/<uuid:booking_id>/annuler/", booking.booking_cancel, name="booking_cancel"),
    path("invitations/<uuid:invitation_id>/invitation.pdf", booking.invitation_pdf, name="invitation_pdf"),
    path("invitations/<uuid:invitation_id>/annuler/", booking.invitation_cancel, name="invitation_cancel"),
    path("sorties/tirages/", draws.draw_requests, name="draw_requests"),
    path("sorties/tirages/<uuid:request_id>/", draws.draw_request, name="draw_request"),
    path("tirages/<uuid:performance_id>/", draws.draw, name="draw"),
    path("tirages/<uuid:performance_id>/donnees.json", draws.draw_data, name="draw_data"),
    path("tirages/<uuid:performance_id>/demander/", draws.draw_ask, name="draw_ask"),
    path("programme/seance/<uuid:performance_id>/tirage/", draws.draw_manage, name="draw_manage"),
    path("attente/", waiting.waiting_list, name="waiting_list"),
    path("attente/<uuid:entry_id>/", waiting.entry, name="waiting_entry"),
    path("attente/<uuid:entry_id>/confirmer/", waiting.confirm, name="waiting_confirm"),
    path("attente/<uuid:entry_id>/quitter/", waiting.leave, name="waiting_leave"),
    path("personnes/", people.participants, name="participants"),
    path("personnes/nouvelle/", people.participant_add, name="participant_add"),
    path("personnes/<uuid:participant_id>/", people.participant, name="participant"),
    path("accueil/", door.door, name="door"),
    path("accueil/<uuid:performance_id>/", door.door_list, name="door_list"),
    path("accueil/numero/", door.door_number, name="door_number"),
    path("accueil/invitation/<uuid:invitation_id>/", door.door_invitation, name="door_invitation"),
    path("accueil/<uuid:performance_id>/annuler/", door.performance_cancel, name="performance_cancel"),
    path("programme/seance/<uuid:performance_id>/places/", seats.performance_seats, name="performance_seats"),
    path("programme/<uuid:event_id>/quota/", seats.event_quota, name="event_quota"),
    path("programme/quotas/", seats.quotas, name="quotas"),
    path("programme/quotas/<uuid:quota_id>/retirer/", seats.quota_lift, name="quota_lift"),
    path("appel/<str:signed>/", seats.seats_call, name="seats_call"),
    path("i/<token:token>/", door.check, name="check"),
]
