from django.urls import path

from conventions.views import directory, partnership

app_name = "conventions"
urlpatterns = [
    path("partenariat/", partnership.partnership, name="partnership"),
    path("partenariat/annuaire/", directory.directory_listing, name="directory_listing"),
    path("annuaire/", directory.directory, name="directory"),
    path("annuaire/public/", directory.public_directory, name="public_directory"),
]
