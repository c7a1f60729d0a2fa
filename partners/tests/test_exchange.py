"""Staff take structures and venues out as tables, complete them, and bring them back (A2, A7, A8)."""

import csv
import html
import io
import zipfile

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.models import AuditEntry
from partners.models import PriorityArea, Sector, Structure, Venue
from partners.tests.factories import CommuneFactory, StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

ACTING = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A1"]


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def page(model, name):
    return reverse(f"admin:partners_{model}_{name}")


def send(desk, model, content, name="tableau.csv"):
    """The preview, or the form with what is wrong."""
    content = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, content)
    return desk.post(page(model, "import"), {"import_file": file, "format": "0", "resource": "0"})


def confirm(desk, model, preview):
    form = preview.context["confirm_form"]
    return desk.post(page(model, "process_import"), form.initial, follow=True)


def bring(desk, model, content):
    return confirm(desk, model, send(desk, model, content))


def take_out(desk, model, form="1", **filters):
    answer = desk.post(page(model, "export"), {"format": form, "resource": "0"}, query_params=filters)
    assert answer.status_code == 200
    return answer.content


def lines(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def problems(answer):
    assert "confirm_form" not in answer.context
    return [tuple(problem) for problem in answer.context["problems"]]


TABLE = (
    "Nom;Type;Secteurs;Personnes accompagnées;Code postal;Commune;Téléphone;E-mail;Site web\r\n"
    'L’Étape;CHRS;"Social ; Insertion";120;69100;VILLEURBANNE;04 65 71 00 01;etape@structure.example;etape.example\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_table_as_a_spreadsheet_writes_it_makes_structures(desk, staff, encoding, separator):
    CommuneFactory()
    table = TABLE.replace(";", separator).replace(f" {separator} ", " ; ")
    preview = send(desk, "structure", table.encode(encoding))
    assert preview.context["new"] == 1
    assert "L’Étape" in preview.text
    assert not Structure.objects.exists()
    answer = confirm(desk, "structure", preview)
    assert "Fiches créées : 1, modifiées : 0." in answer.text
    made = Structure.objects.get()
    assert (made.name, made.type, made.postcode, made.people_accompanied) == ("L’Étape", "CHRS", "69100", 120)
    assert made.commune.code == "69266"
    assert made.phone.as_e164 == "+33465710001"
    assert made.website == "https://etape.example"
    assert {sector.name for sector in made.sectors.all()} == {"Social", "Insertion"}
    entry = AuditEntry.objects.get(subject=f"partners.structure {made.pk}")
    assert (entry.actor, entry.verb) == (f"compte {staff.pk}", "fiche créée")
    assert "sectors" in entry.details["champs"]
    assert "Étape" not in str(entry.details)
    assert LogEntry.objects.get(object_id=str(made.pk)).user == staff


def test_workbook_makes_venues_with_their_own_address(desk):
    CommuneFactory()
    VenueFactory(name="Le Préau", slug="le-preau", postcode="69001")
    rows = [
        ["nom", "domaine", "CP", "ville", "accessible en fauteuil"],
        ["Le Préau", "Sport", 69100, 69266, True],
    ]
    bring(desk, "venue", workbook(*rows, [None] * 5, ["Gymnase", None, 1000.0, None, "non"]))
    made = Venue.objects.get(slug="le-preau-2")
    assert (made.kind, made.postcode, made.commune.name, made.wheelchair) == (
        "sport",
        "69100",
        "Villeurbanne",
        True,
    )
    other = Venue.objects.get(slug="gymnase")
    assert (other.kind, other.postcode, other.commune, other.wheelchair) == ("culture", "01000", None, False)


@pytest.mark.parametrize("form", ["0", "1"])
def test_export_brought_back_changes_nothing(desk, form):
    structure = StructureFactory(
        name="=Foyer 'A' \"B\"", phone="+3225550000", people_accompanied=30, representative_name="'=x"
    )
    structure.sectors.set(Sector.objects.all()[:2])
    venue = VenueFactory(description="Deux\r\nlignes ; et « plus »", name="@ l'Œuvre", hearing_loop=True)
    for model, row in (("structure", structure), ("venue", venue)):
        before = list(type(row).objects.values())
        preview = send(desk, model, take_out(desk, model, form))
        assert preview.context["unchanged"] == 1
        assert (preview.context["new"], preview.context["changed"]) == (0, 0)
        assert "rien à importer" in preview.text
        confirm(desk, model, preview)
        assert list(type(row).objects.values()) == before
    assert not AuditEntry.objects.filter(verb__startswith="fiche").exists()


def test_same_table_twice_is_the_same_structures(desk):
    bring(desk, "structure", TABLE)
    assert send(desk, "structure", TABLE).context["unchanged"] == 1
    changed = bring(desk, "structure", TABLE.replace("CHRS", "Mission locale").replace("120", ""))
    assert "Fiches créées : 0, modifiées : 1." in changed.text
    structure = Structure.objects.get()
    assert (structure.type, structure.people_accompanied) == ("ML", None)
    assert AuditEntry.objects.get(verb="fiche modifiée").details["champs"] == ["type", "people_accompanied"]


def test_identifier_finds_a_renamed_row_and_absent_columns_stay(desk):
    structure = StructureFactory(legal_status="Association")
    preview = send(desk, "structure", f"identifiant,nom\n{structure.pk},Maison neuve\n")
    (row,) = preview.context["rows"]
    assert [tuple(change) for change in row.changes] == [("nom", structure.name, "Maison neuve")]
    confirm(desk, "structure", preview)
    structure.refresh_from_db()
    assert (structure.name, structure.legal_status, structure.postcode) == (
        "Maison neuve",
        "Association",
        "69100",
    )


def test_unknown_columns_are_told_and_left_out(desk):
    preview = send(desk, "structure", "nom;type;SIRET\nRelais;CCAS;123\n")
    assert preview.context["left_out"] == ["SIRET"]
    assert "SIRET" in preview.text


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ("type=ZZZ", "type", "n'est pas dans la liste"),
        ("type=", "type", "ne peut pas être vide"),
        ("nom=", "nom", "ne peut pas être vide"),
        (f"nom={'x' * 151}", "nom", "150"),
        ("commune=Atlantis", "commune", "code INSEE"),
        ("secteurs=Social;Magie", "secteurs", "« Magie » n'est pas un secteur connu"),
        ("personnes accompagnées=beaucoup", "personnes accompagnées", "nombre entier"),
        ("personnes accompagnées=-3", "personnes accompagnées", "nombre entier"),
        ("code postal=691000", "code postal", "5"),
        ("téléphone=12", "téléphone", "valide"),
        ("e-mail=rien", "e-mail", "valide"),
        ("site web=javascript://x", "site web", "valide"),
        ("identifiant=abc", "identifiant", "Videz la case"),
        ("identifiant=00000000-0000-0000-0000-000000000000", "identifiant", "Videz la case"),
    ],
)
def test_wrong_cell_is_told_by_row_and_column_and_nothing_is_written(desk, row, column, sentence):
    heading, value = row.split("=")
    cells = {"nom": "Relais", "type": "CCAS", heading: value}
    good = {**dict.fromkeys(cells, ""), "nom": "Bonne ligne", "type": "CCAS"}
    table = workbook(list(cells), list(good.values()), [], list(cells.values()))
    answer = send(desk, "structure", table)
    (found,) = problems(answer)
    assert found[:2] == (4, column)
    assert sentence in found[2]
    assert found[2][:40].replace("'", "&#x27;") in answer.text
    assert not Structure.objects.exists()
    assert not AuditEntry.objects.filter(verb="fiche créée").exists()


def test_yes_or_no_is_asked_for(desk):
    (found,) = problems(send(desk, "venue", "nom;boucle magnétique\nSalle;peut-être\n"))
    assert found[:2] == (2, "boucle magnétique")
    assert "Écrivez oui ou non" in found[2]


def test_same_row_twice_is_refused(desk):
    venue = VenueFactory()
    twice = f"identifiant;nom\n{venue.pk};A\n{venue.pk};B\n;Neuf\n;Neuf\n"
    assert [
        (row, sentence.split(" est")[0]) for row, _, sentence in problems(send(desk, "venue", twice))
    ] == [
        (3, "La ligne 2"),
        (5, "La ligne 4"),
    ]


def test_two_rows_of_that_name_need_the_identifier(desk):
    for _ in range(2):
        StructureFactory(name="Le Relais", postcode="69100")
    (found,) = problems(send(desk, "structure", "nom;code postal;type\nle relais;69100;CCAS\n"))
    assert "identifiant" in found[2]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "soumis est vide"),
        (b"   \n", "vide"),
        (b"type;commune\nCCAS;Bron\n", "pas de colonne « nom »"),
        (b"nom;Nom\nA;B\n", "Deux colonnes"),
        (b"nom;type\n", "aucune ligne"),
        (b"nom;type\nA;CCAS;x\n", "ligne 2 a plus de cases"),
        (b'nom;type\n"A;CCAS\n', "guillemet"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0....", "XLS"),
        (b"PK\x03\x04....", "abîmé"),
        (b"nom\x00;type\nA;CCAS", "lisible"),
        (b"nom;type\n" + b"A;CCAS\n" * 2001, "plus de 2000 lignes"),
        (b"x" * 5_000_001, "dépasse"),
    ],
)
def test_file_that_is_no_table_is_refused_in_a_sentence(desk, content, sentence):
    answer = send(desk, "structure", content)
    assert answer.status_code == 200
    assert sentence.replace("'", "&#x27;") in answer.text
    assert "confirm_form" not in answer.context


def rewritten(content, **parts):
    """A workbook with some of its parts replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rsplit("/")[-1].removesuffix(".xml"), old.read(name)))
    return file.getvalue()


ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">{}]><worksheet>&z;</worksheet>'.format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghiz", strict=True))
)


@pytest.mark.parametrize(
    ("part", "content", "sentence"),
    [
        ("sheet1", b" " * 60_000_000, "beaucoup plus que son tableau"),
        ("sheet1", ENTITIES.encode(), "abîmé"),
        ("workbook", b"<workbook/>", "abîmé"),
        (
            "sheet1",
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            b'<row r="999999999"><c r="A999999999" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>',
            "première ligne",
        ),
    ],
)
def test_hostile_workbook_is_refused_in_a_sentence(desk, part, content, sentence):
    answer = send(desk, "structure", rewritten(workbook(["nom", "type"], ["A", "CCAS"]), **{part: content}))
    assert sentence in answer.text
    assert "confirm_form" not in answer.context


def test_formula_of_a_workbook_is_not_computed(desk):
    answer = send(desk, "structure", workbook(["nom", "type"], ['=CONCATENATE("A","B")', "CCAS"]))
    (found,) = problems(answer)
    assert found[:2] == (2, "nom")


@pytest.mark.parametrize("text", ACTING)
def test_no_exported_cell_acts(desk, text):
    StructureFactory(name=text, phone="+3225550000", website="https://a.example")
    headings, row = lines(take_out(desk, "structure", "1"))
    assert row[headings.index("nom")] == f"'{text}"
    assert not any(cell[:1] in "=+-@\t\r＝＋－＠" for cell in row if cell)
    sheet = openpyxl.load_workbook(io.BytesIO(take_out(desk, "structure", "0"))).active
    cells = list(sheet.iter_rows())[1]
    assert text in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {
        "s",
        "inlineStr",
    }  # and no formula


def test_export_follows_the_search_and_filters_of_the_list(desk):
    StructureFactory(name="Le Relais", type="CCAS")
    StructureFactory(name="L'Étape", type="CHRS")
    assert len(lines(take_out(desk, "structure"))) == 3
    found = lines(take_out(desk, "structure", q="relais"))
    assert [row[1] for row in found[1:]] == ["Le Relais"]
    assert [row[1] for row in lines(take_out(desk, "structure", type__exact="CHRS"))[1:]] == ["L'Étape"]
    assert desk.get(page("structure", "export"), {"nulle": "part"}).status_code == 302


def test_export_names_its_columns_and_holds_no_account(desk):
    account = UserFactory(display_name="Dominique Essai")
    content = take_out(desk, "structure")
    assert lines(content)[0] == [
        "identifiant", "nom", "type", "statut juridique", "secteurs", "personnes accompagnées", "adresse",
        "code postal", "commune", "téléphone", "e-mail", "site web", "en quartier prioritaire",
        "code du quartier", "représentant·e légal·e", "qualité",
    ]  # fmt: skip
    assert account.email not in content.decode()
    assert "Dominique" not in content.decode()


def test_export_takes_the_same_queries_at_1_and_30_rows(desk, django_assert_max_num_queries):
    for _ in range(30):
        StructureFactory().sectors.set(Sector.objects.all()[:2])
    with django_assert_max_num_queries(12):
        take_out(desk, "structure")


def test_word_counts_once(desk):
    preview = send(desk, "structure", TABLE)
    confirm(desk, "structure", preview)
    answer = confirm(desk, "structure", preview)
    assert "déjà été confirmé" in answer.text
    assert Structure.objects.count() == 1
    for typed in ({}, {"import_file_name": "/etc/passwd", "original_file_name": "a", "format": "0"}):
        assert "déjà été confirmé" in desk.post(page("structure", "process_import"), typed, follow=True).text


def test_what_changed_since_the_preview_stops_the_import_whole(desk):
    structure = StructureFactory(name="Le Relais")
    preview = send(desk, "structure", f"identifiant;nom;type\n;Neuf;CCAS\n{structure.pk};Le Relais;ML\n")
    structure.delete()
    answer = confirm(desk, "structure", preview)
    assert "Rien n&#x27;a été importé" in answer.text
    assert [problem.row for problem in answer.context["problems"]] == [3]
    assert not Structure.objects.exists()


def a_helper(*names):
    helper = UserFactory(staff=True, is_superuser=False)
    helper.user_permissions.set(Permission.objects.filter(codename__in=names))
    return helper


def test_only_who_may_add_and_change_imports_and_who_may_look_exports(client):
    for names, imports, exports in (
        (["view_structure"], 403, 200),
        (["view_structure", "change_structure"], 403, 200),
        (["view_structure", "add_structure", "change_structure"], 200, 200),
        (["view_venue", "add_venue", "change_venue"], 403, 403),
    ):
        client.force_login(a_helper(*names))
        assert client.get(page("structure", "import")).status_code == imports, names
        assert send(client, "structure", TABLE).status_code == imports, names
        assert client.get(page("structure", "export")).status_code == exports, names
        answer = client.post(page("structure", "export"), {"format": "1", "resource": "0"})
        assert answer.status_code == exports, names
        assert (client.post(page("structure", "process_import")).status_code == 403) == (imports == 403)
    assert not Structure.objects.exists()


@pytest.mark.parametrize(
    "trait", [{"lead": True}, {}, {"venue_desk": True}, {"staff": True, "is_staff": False}]
)
def test_other_accounts_are_refused(client, trait):
    client.force_login(UserFactory(**trait))
    for model in ("structure", "venue"):
        for name in ("import", "export", "process_import"):
            assert client.get(page(model, name), follow=True).status_code == 403
            assert client.post(page(model, name), follow=True).status_code == 403


def test_pages_hold_no_inline_script_or_style(desk):
    StructureFactory()
    seen = [desk.get(page("structure", name)).text for name in ("changelist", "import", "export")]
    seen.append(send(desk, "structure", TABLE).text)
    seen.append(send(desk, "structure", "nom;type\n<script>alert(1)</script>;ZZZ").text)
    for text in seen:
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text
        assert "onchange=" not in text


def test_preview_writes_nothing_at_all(desk):
    StructureFactory(name="Le Relais")
    with CaptureQueriesContext(connection) as seen:
        preview = send(desk, "structure", TABLE)
    assert preview.context["new"] == 1
    written = [query["sql"] for query in seen if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not any("partners_" in sql or "audit" in sql for sql in written)


# --- Quartiers prioritaires (A12) -------------------------------------------------------------------

OFFICIAL = '\ufeffcode_qp,nom_qp,nom_commune,pop_mun\nQP069901,Les Hauts,"Bron, Lyon",1200\nQP069902,Le Bas,Bron,900\n'


def test_official_list_is_imported_whatever_else_it_says_and_again_changes_nothing(desk):
    bring(desk, "priorityarea", OFFICIAL)
    assert [(area.code, area.communes) for area in PriorityArea.objects.all()] == [
        ("QP069902", "Bron"),
        ("QP069901", "Bron, Lyon"),
    ]
    again = send(desk, "priorityarea", OFFICIAL.replace("Le Bas", "Le Bas Bourg"))
    assert "Le Bas Bourg" in again.text
    confirm(desk, "priorityarea", again)
    assert PriorityArea.objects.count() == 2


def test_structure_of_an_area_stands_in_one_and_an_unknown_code_is_told(desk):
    bring(desk, "priorityarea", OFFICIAL)
    one = StructureFactory()
    assert one.priority == Structure.Priority.UNKNOWN
    told = send(desk, "structure", f"identifiant;nom;code du quartier\n{one.pk};{one.name};QP000000\n")
    assert "n'est pas dans la liste des quartiers prioritaires" in html.unescape(told.text)
    bring(desk, "structure", f"identifiant;nom;code du quartier\n{one.pk};{one.name};qp069901\n")
    one.refresh_from_db()
    assert (one.priority, one.priority_area_id) == (Structure.Priority.YES, "QP069901")
    told = send(desk, "structure", f"identifiant;nom;en quartier prioritaire\n{one.pk};{one.name};non\n")
    assert "videz le quartier" in html.unescape(told.text)
