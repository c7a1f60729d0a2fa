from django.urls import path

from partners import views

app_name = "partners"
urlpatterns = [
    path("acces/<token:token>/", views.choose_password, name="choose_password"),
    path("acces/<token:token>/renvoyer/", views.fresh_link, name="fresh_link"),
    path("conditions/", views.terms, name="terms"),
    path("aide/", views.help_index, name="help"),
    path("aide/question/", views.ask, name="ask"),
    path("aide/<slug:slug>/", views.help_page, name="help_page"),
    path("langue/", views.choose_language, name="choose_language"),
    path("visite/", views.visitor_enter, name="visitor_enter"),
    path("visite/quitter/", views.visitor_leave, name="visitor_leave"),
    path("code-visiteur/", views.visitor_code, name="visitor_code"),
    path("code-visiteur/carte.pdf", views.visitor_card, name="visitor_card"),
    path("code-visiteur/remplacer/", views.visitor_code_replace, name="visitor_code_replace"),
    path("lieux/", views.venues, name="venues"),
    path("lieux/<slug:slug>/", views.venue, name="venue"),
]
