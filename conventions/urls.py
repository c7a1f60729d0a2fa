from django.urls import path

from conventions.views import partnership

app_name = "conventions"
urlpatterns = [
    path("partenariat/", partnership.partnership, name="partnership"),
]
