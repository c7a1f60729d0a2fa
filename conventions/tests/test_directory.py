"""The directory: who stands in it, for whom, what is told of them, how it is found and drawn (A7)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from conventions.directory import listed
from conventions.tests.factories import AgreementFactory
from partners.models import Commune, Sector
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

FOR_ALL, FOR_PARTNERS = "conventions:public_directory", "conventions:directory"


def a_partner(name, *, town="69266", **fields):
    commune = Commune.objects.get(code=town)
    fields = {"commune": commune, "postcode": commune.postcode, **fields}
    return AgreementFactory(structure=StructureFactory(name=name, **fields)).structure


def a_venue(name, *, town="69266", **fields):
    venue = VenueFactory(name=name, commune=Commune.objects.get(code=town), **fields)
    return AgreementFactory(structure=None, venue=venue).venue


@pytest.fixture
def public(client):
    """What the public directory answers to questions."""
    return lambda **asked: client.get(reverse(FOR_ALL), asked)


@pytest.fixture
def inside(client):
    """What the partners' directory answers to questions of a worker."""
    client.force_login(UserFactory())
    return lambda **asked: client.get(reverse(FOR_PARTNERS), asked)


def names(answer):
    return [partner.name for partner in answer.context["partners"]]


def test_partners_read_how_to_reach_each_other(inside):
    structure = a_partner(
        "Foyer des Aulnes",
        type="CHRS",
        phone="+33465710077",
        email="accueil@aulnes.example",
        website="https://aulnes.example/",
    )
    structure.sectors.add(Sector.objects.get(name="Insertion"))
    UserFactory(lead=True, structure=structure, display_name="Églantine Témoin")
    UserFactory(structure=structure, display_name="Une collègue")
    page = inside().text
    for words in ("Foyer des Aulnes", "CHRS", "Insertion", "3 rue des Tilleuls, 69100 Villeurbanne", "04 65 71 00 77",
                  "accueil@aulnes.example", "https://aulnes.example/", "Églantine Témoin"):  # fmt: skip
        assert words in page
    assert "Une collègue" not in page


def test_public_reads_name_address_and_site_and_nothing_else(public):
    structure = a_partner(
        "Foyer des Aulnes",
        type="CHRS",
        phone="+33465710077",
        email="accueil@aulnes.example",
        website="https://aulnes.example/",
    )
    UserFactory(
        lead=True, structure=structure, display_name="Églantine Témoin", email="eglantine@aulnes.example"
    )
    a_venue(
        "Théâtre des Saules",
        email="accueil@saules.example",
        phone="+33465710088",
        representative_name="Alix Signe",
    )
    page = public().text
    for words in (
        "Foyer des Aulnes",
        "3 rue des Tilleuls, 69100 Villeurbanne",
        "https://aulnes.example/",
        "Théâtre des Saules",
    ):
        assert words in page
    listed = page[page.index("directory__list") : page.index("</main>")]
    assert "@" not in listed and "Témoin" not in listed and "Signe" not in listed
    assert "04 65 71 00 77" not in page and "04 65 71 00 88" not in page


def test_telephone_is_public_only_where_the_structure_said_so(public):
    a_partner("Foyer des Aulnes", phone="+33465710077", public_phone=True)
    a_partner("Foyer des Ormes", phone="+33465710078")
    page = public().text
    assert "04 65 71 00 77" in page and "04 65 71 00 78" not in page


def test_structure_that_opted_out_is_for_partners_only(inside, public):
    a_partner("Abri discret", in_public_directory=False)
    assert names(public()) == []
    assert names(inside()) == ["Abri discret"]


@pytest.mark.parametrize("terms", [{"unsigned": True}, {"over": True}, {"suspended": True}, {"none": True}])
@pytest.mark.parametrize("address", [FOR_ALL, FOR_PARTNERS])
def test_only_partners_of_today_are_listed(client, address, terms):
    client.force_login(UserFactory(staff=True))
    today = timezone.localdate()
    structure, venue = StructureFactory(), VenueFactory()
    for partner in ({"structure": structure}, {"structure": None, "venue": venue}):
        if "over" in terms:
            AgreementFactory(**partner, starts_on=today - timedelta(300), ends_on=today - timedelta(1))
        elif "none" not in terms:
            AgreementFactory(**partner, unsigned=terms.get("unsigned", False))
    if "suspended" in terms:
        type(structure).objects.update(suspended_at=timezone.now())
        type(venue).objects.update(suspended_at=timezone.now())
    answer = client.get(reverse(address))
    assert names(answer) == [] and answer.context["map"] is None


@pytest.mark.parametrize(
    "typed", ["epicerie", "ÉPICERIE", "  Épicerie   solidaire ", "solidaire VENISSIEUX", "69200 epi"]
)
def test_words_are_found_whatever_their_accents_and_case(public, typed):
    a_partner("Épicerie solidaire", town="69259")
    a_partner("Foyer des Aulnes")
    assert names(public(q=typed)) == ["Épicerie solidaire"]


def test_filters_narrow_the_list_and_stay_in_the_address(public):
    a_partner("Foyer A", type="CHRS", town="01053")
    a_partner("Foyer B", type="CHRS")
    a_partner("Mission C", type="ML")
    a_venue("Théâtre D")
    assert names(public()) == ["Foyer A", "Foyer B", "Mission C", "Théâtre D"]
    assert names(public(genre="lieux")) == ["Théâtre D"]
    assert names(public(genre="structures", commune="69266")) == ["Foyer B", "Mission C"]
    assert names(public(type="CHRS")) == ["Foyer A", "Foyer B"]
    answer = public(intercommunalite="Métropole de Lyon", q="foyer")
    assert names(answer) == ["Foyer B"]
    [circle] = answer.context["map"].bubbles
    assert "q=foyer" in circle.spot.url and "commune=69266" in circle.spot.url


@pytest.mark.parametrize(
    "asked", [{"commune": "99999"}, {"type": "INCONNU"}, {"q": "x" * 101}, {"page": "x"}]
)
def test_what_is_not_understood_is_said_and_left_aside(public, asked):
    a_partner("Foyer des Aulnes")
    answer = public(**asked)
    assert names(answer) == ["Foyer des Aulnes"]
    if "page" not in asked:
        assert list(answer.context["form"].errors) == list(asked)


def test_nobody_found_leads_back_to_everybody(public):
    a_partner("Foyer des Aulnes")
    page = public(q="introuvable").text
    assert "Personne ne correspond" in page and 'href="?"' in page


def test_map_counts_by_intercommunality_then_by_commune(public):
    a_partner("A", town="69266")
    a_partner("B", town="69266")
    a_partner("C", town="69259")
    a_partner("D", town="01053")
    far = {bubble.spot.name: bubble.spot.count for bubble in public().context["map"].bubbles}
    assert far == {"Métropole de Lyon": 3, "Bassin de Bourg-en-Bresse": 1}
    near = public(intercommunalite="Métropole de Lyon")
    assert {bubble.spot.name: bubble.spot.count for bubble in near.context["map"].bubbles} == {
        "Villeurbanne": 2,
        "Vénissieux": 1,
    }
    assert "Villeurbanne : 2 partenaires" in near.text and "Vénissieux : 1 partenaire" in near.text


def test_every_link_of_the_map_finds_as_many_as_it_says(public, client):
    for number, town in enumerate(["69266", "69266", "69259", "01053", "69381"]):
        a_partner(f"Foyer {number}", town=town)
    for asked in ({}, {"intercommunalite": "Métropole de Lyon"}):
        for bubble in public(**asked).context["map"].bubbles:
            found = client.get(reverse(FOR_ALL) + bubble.spot.url)
            assert found.context["page"].paginator.count == bubble.spot.count


def test_partner_with_its_own_coordinates_lies_there(public):
    a_partner("A", latitude=45.5, longitude=4.5)
    a_partner("B")
    own, towns = listed(on=timezone.localdate(), public=True)
    assert (own.latitude, own.longitude) == (45.5, 4.5)
    assert towns.latitude == Commune.objects.get(code="69266").latitude


def test_partners_without_a_place_are_counted_beside_the_map(public):
    Commune.objects.filter(code="01053").update(latitude=None, longitude=None)
    a_partner("A")
    a_partner("B", town="01053")
    a_partner("C", commune=None, postcode="")
    answer = public()
    assert len(answer.context["map"].bubbles) == 1
    assert "2 partenaires sans point sur la carte" in answer.text


def test_directory_takes_as_many_queries_for_many_as_for_few(client):
    client.force_login(UserFactory(staff=True))
    page, counts, made = reverse(FOR_PARTNERS), [], 0
    client.get(page)
    for many in (3, 20):
        for number in range(made, many):
            UserFactory(lead=True, structure=a_partner(f"Structure {number}"))
            a_venue(f"Théâtre {number}")
        made = many
        with CaptureQueriesContext(connection) as captured:
            assert len(names(client.get(page))) == min(2 * many, 30)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 9


def test_nothing_on_the_page_comes_from_elsewhere(public):
    a_partner("Foyer des Aulnes")
    page = public().text
    assert not re.findall(r"(?:src|xlink:href)=\"(?:https?:)?//", page)


def test_lead_chooses_what_the_public_sees(client, cast, public):
    client.force_login(cast.lead)
    structure = cast.lead.structure
    answer = client.post(reverse("conventions:directory_listing"), {"public_phone": "on"}, follow=True)
    assert "C’est noté" in answer.text.replace("'", "’").replace("&#x27;", "’")
    structure.refresh_from_db()
    assert (structure.in_public_directory, structure.public_phone) == (False, False)
    client.post(reverse("conventions:directory_listing"), {"in_public_directory": "on", "public_phone": "on"})
    structure.refresh_from_db()
    assert (structure.in_public_directory, structure.public_phone) == (True, True)
    assert AuditEntry.objects.filter(verb="annuaire public choisi").count() == 2


def test_choice_stands_on_the_partnership_page(cast):
    page = reverse("conventions:partnership")
    assert "Garder ce choix" in cast.browser("lead").get(page).text
    worker, desk = cast.browser("worker").get(page).text, cast.browser("desk").get(page).text
    assert "Votre référent·e peut changer ce choix" in worker and "Garder ce choix" not in worker
    assert "Garder ce choix" not in desk and "Annuaire" in desk
