from django.urls import path

from conventions.views import candidacies, directory, partnership

app_name = "conventions"
urlpatterns = [
    path("partenariat/", partnership.partnership, name="partnership"),
    path("partenariat/annuaire/", directory.directory_listing, name="directory_listing"),
    path("annuaire/", directory.directory, name="directory"),
    path("annuaire/public/", directory.public_directory, name="public_directory"),
    path("devenir-partenaire/", candidacies.candidacy, name="candidacy"),
    path("devenir-partenaire/structure/", candidacies.structure_candidacy, name="structure_candidacy"),
    path("devenir-partenaire/lieu/", candidacies.venue_candidacy, name="venue_candidacy"),
    path("devenir-partenaire/merci/", candidacies.candidacy_thanks, name="candidacy_thanks"),
    path("devenir-partenaire/communes/", candidacies.communes, name="communes"),
]
