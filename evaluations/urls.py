from django.urls import path

from evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("programme/chiffres/", views.venue_figures, name="venue_figures"),
    path("sorties/<uuid:booking_id>/merci/", views.thank, name="thank"),
]
