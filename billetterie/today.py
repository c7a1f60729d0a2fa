"""What needs somebody of the team today: the first thing that staff see. Reads only, one query per line."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common.dates import local_day
from common.models import OutboxMessage
from conventions.models import Agreement, Breach, Candidacy, Membership
from conventions.services.access import structures_to_renew
from conventions.services.agreements import structures_running_out, structures_without_agreement
from evaluations.models import Finding, Opinion, Thanks
from invitations.models import ChangeNotice, UsageAlert
from invitations.services import erasure
from offers.models import Performance
from partners.models import Question

URGENT = "Sans attendre"
AWAITED = "Quelqu'un attend notre réponse"
FOLLOWED = "À suivre"


@dataclass(frozen=True)
class Task:
    """Something to do, how pressing it is, how many times, and where."""

    group: str
    label: str
    count: int
    url: str


def tasks(*, at: datetime) -> list[Task]:
    """What waits at `at`, by group and most pressing first; lines with nothing to do are left out."""
    on = local_day(at)
    waiting = [
        Task(
            URGENT,
            "Manquements : résiliation due",
            Breach.objects.to_terminate(on=on).count(),
            _list("conventions_breach", "suite=due"),
        ),
        Task(
            URGENT,
            "Manquements : à nous d'agir",
            Breach.objects.waiting_for_team(on=on).count(),
            _list("conventions_breach", "suite=equipe"),
        ),
        Task(
            URGENT,
            "Effacement des noms : la nuit n'a pas eu lieu",
            int(erasure.is_late(at=at)),
            reverse("admin:invitations_erasurenight_changelist"),
        ),
        Task(
            URGENT,
            "Mails mis de côté",
            OutboxMessage.objects.stuck().count(),
            _list("common_outboxmessage", "set_aside_at__isempty=0&sent_at__isempty=1"),
        ),
        Task(
            URGENT,
            "Changements pas encore dits, séance proche",
            ChangeNotice.objects.near(at=at).count(),
            _list("invitations_changenotice", "a-dire=proche"),
        ),
        Task(
            URGENT,
            f"Séances sans place dans les {settings.SEATLESS_DAYS} jours",
            Performance.objects.seatless_soon(at=at).count(),
            _list("offers_performance", "places=bientot"),
        ),
        Task(
            URGENT,
            "Alertes d'usage à traiter",
            UsageAlert.objects.to_take_up().count(),
            _list("invitations_usagealert", "suite=appel"),
        ),
        Task(
            URGENT,
            "Alertes d'usage : structures à rappeler",
            UsageAlert.objects.to_call_back(on=on).count(),
            _list("invitations_usagealert", "suite=rappel"),
        ),
        Task(
            URGENT,
            "Candidatures dont l'étape est en retard",
            Candidacy.objects.late(on=on).count(),
            _list("conventions_candidacy", "retard=1"),
        ),
        Task(
            URGENT,
            "La Criée : avis signalés",
            Opinion.objects.reported().count(),
            _list("evaluations_opinion", "suite=signales"),
        ),
        Task(
            AWAITED,
            "La Criée : avis à lire",
            Opinion.objects.unread().count(),
            _list("evaluations_opinion", "suite=nouveaux"),
        ),
        Task(
            AWAITED,
            "Questions sans réponse",
            Question.objects.open().count(),
            _list("partners_question", "answered_at__isempty=1"),
        ),
        Task(
            AWAITED,
            "Mots aux lieux, à relire",
            Thanks.objects.waiting().count(),
            _list("evaluations_thanks", "shown_at__isempty=1&set_aside_at__isempty=1"),
        ),
        Task(
            AWAITED,
            "Conventions à contresigner",
            Agreement.objects.in_state(Agreement.State.PARTNER_SIGNED).count(),
            _list("conventions_agreement", "signature=partner_signed"),
        ),
        Task(
            AWAITED,
            "Conventions refusées, ou à envoyer à quelqu'un d'autre",
            Agreement.objects.to_take_up(on=on).count(),
            _list("conventions_agreement", "signature=reprendre"),
        ),
        Task(
            AWAITED,
            "Candidatures nouvelles",
            Candidacy.objects.filter(state=Candidacy.State.RECEIVED).count(),
            _list("conventions_candidacy", "state__exact=received"),
        ),
        Task(
            AWAITED,
            "Candidatures à la convention signée : ouvrir le compte",
            Candidacy.objects.account_due(on=on).count(),
            _list("conventions_candidacy", "a-faire=compte"),
        ),
        Task(
            AWAITED,
            "Adhésions souhaitées, à noter payées",
            Membership.objects.waiting().exclude(asked_at=None).count(),
            _list("conventions_membership", "etat=demandee"),
        ),
        Task(
            FOLLOWED,
            "Contrôles : constats à regarder",
            Finding.objects.waiting(on=on).count(),
            reverse("evaluations:controls"),
        ),
        Task(
            FOLLOWED,
            "Structures sans convention en vigueur",
            structures_without_agreement(on=on).count(),
            _list("partners_structure", "convention=absente"),
        ),
        Task(
            FOLLOWED,
            f"Structures dont la convention finit dans les {settings.AGREEMENT_ENDING_DAYS} jours",
            structures_running_out(on=on).count(),
            _list("partners_structure", "convention=finit"),
        ),
        Task(
            FOLLOWED,
            "Conventions à relancer",
            Agreement.objects.to_remind(at=at).count(),
            _list("conventions_agreement", "signature=relance"),
        ),
        Task(
            FOLLOWED,
            "Structures dont quelqu'un n'a pas renouvelé son accès",
            structures_to_renew(at=at).count(),
            _list("conventions_seasonaccess", "acces=a-renouveler"),
        ),
    ]
    return [task for task in waiting if task.count]


def _list(model: str, query: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{query}"
