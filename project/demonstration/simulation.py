"""The house's regular work during the simulated years: sweeps, payment runs, work items taken, opinions asked, late paper."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from cases.enums import Etat, FileTravail, GenreEcheance, GenreTache, SensAvis
from cases.models import AvisMedecin, Echeance, Sinistre, Tache
from cases.models.avis import QuestionMedecin
from cases.services import avis, echeances, relances, taches
from cases.services.notes import annoter
from contracts.enums import IMPUTABLES, Nature
from documents.enums import EtatDepot, EtatPiece, Fait, Visibilite
from documents.models import Depot, Piece
from documents.services import faits, laissez_passer, listes, reclassement
from indemnities.enums import EtatDecompte
from indemnities.models import Bordereau, Decompte
from notifications.relances import relancer
from project.demonstration.argent import compter_les_jours_echus
from project.demonstration.depots import Guichet
from project.demonstration.donnees import COURRIERS, NOTES
from project.demonstration.plans import Destin, Plan
from project.demonstration.temps import Vie
from project.demonstration.vies import Monde
from workflows import automates, payments

PAYMENT_EVERY = 14
PAYMENT_BEFORE = 9
"""Bordereaux leave every 14 days, the last time 9 days before the reference day: what is approved since then waits."""

SETTLED_AFTER = 11
DAILY_SINCE = 60
"""Days before the reference from which every day counts; further back, Mondays are enough."""

TEAM_SINCE = 25
"""Days before the reference from which the holders of open work items are simulated."""

CONCLUSIONS = (
    (SensAvis.FAVORABLE, "L’arrêt est justifié à la date de l’examen."),
    (SensAvis.FAVORABLE, "Reprise possible à temps complet au terme de l’arrêt en cours."),
    (SensAvis.DEFAVORABLE, "L’arrêt n’est plus justifié à la date de l’examen."),
    (SensAvis.COMPLEMENT, "Un complément est nécessaire avant de conclure."),
)
MOTIFS_ATTENTE = (
    "Conclusions du médecin agréé attendues.",
    "Séance du conseil médical à venir.",
    "La collectivité rappelle après la paie.",
    "Arrêté en cours de signature.",
)


def sweep() -> None:
    """As the workers do all day: an automatic step or a timer wakes the next one, until nothing is left for this instant."""
    while automates.balayer():
        pass


class Maison:
    """What the CDG does every day, whatever the dossier."""

    def __init__(self, monde: Monde, plans: list[Plan]) -> None:
        self.monde = monde
        self.rng = monde.rng
        self.a_saisir = {plan.personne.agent.pk for plan in plans if plan.destin == Destin.A_SAISIR}
        self.retournes = {plan.personne.agent.pk for plan in plans if plan.destin == Destin.RETOURNE}

    def jours_restants(self) -> int:
        return (self.monde.reference - timezone.localdate()).days

    # -- Every morning -----------------------------------------------------------------------------------------------------

    def chaque_jour(self, jour: dt.date) -> None:
        restants = (self.monde.reference - jour).days
        if restants > DAILY_SINCE and jour.weekday():
            return
        echeances.balayer()
        relancer()
        sweep()
        compter_les_jours_echus(self.monde.socle.comptes["gestionnaire2"], self.monde.socle.comptes["payeur"], hormis=self.a_saisir)
        if self._is_payment_day(jour, restants):
            self._send_bordereaux()
        self._settle_bordereaux(jour)

    @staticmethod
    def _is_payment_day(jour: dt.date, restants: int) -> bool:
        if restants > DAILY_SINCE:
            return jour.day <= 7  # the first Monday of the month
        return restants >= PAYMENT_BEFORE and (restants - PAYMENT_BEFORE) % PAYMENT_EVERY == 0

    def _send_bordereaux(self) -> None:
        groupes: dict[int, list[Decompte]] = {}
        approuves = Decompte.objects.filter(etat=EtatDecompte.APPROUVE).select_related("sinistre__collectivite")
        for decompte in approuves.order_by("pk"):
            groupes.setdefault(decompte.sinistre.collectivite_id, []).append(decompte)
        for decomptes in groupes.values():
            payments.composer_bordereau(
                acteur=self.monde.socle.comptes["payeur"],
                collectivite=decomptes[0].sinistre.collectivite,
                contrat=self.monde.socle.contrat,
                decompte_ids=[decompte.pk for decompte in decomptes],
            )

    def _settle_bordereaux(self, jour: dt.date) -> None:
        """The insurer's notice comes some days after; the bank sends a few payments back, the IBAN having changed."""
        avant = timezone.now() - dt.timedelta(days=SETTLED_AFTER)
        payeur = self.monde.socle.comptes["payeur2"]
        for bordereau in Bordereau.objects.filter(etat="TRANSMIS", cree_le__lte=avant).order_by("pk"):
            payments.regler_bordereau(acteur=payeur, bordereau_id=bordereau.pk, le=jour, reference=f"VIR-{jour:%y%m%d}-{bordereau.pk:04d}")
            for decompte in Decompte.objects.filter(bordereau=bordereau, sinistre__agent__in=self.retournes).order_by("pk"):
                payments.rejeter_decompte(acteur=payeur, decompte_id=decompte.pk, motif="Virement retourné par la banque : compte clos.")

    # -- In the last weeks -------------------------------------------------------------------------------------------------

    def equipe(self) -> Vie:
        """People take part of what is open, and put some of it aside with a reason."""
        comptes = self.monde.socle.comptes
        while self.jours_restants() > 0:
            libres = Tache.objects.filter(fermee_le__isnull=True, porteur__isnull=True)
            # Steps that open together have no order of their own: the draw must not depend on it.
            for tache in libres.order_by("cree_le", "sinistre", "genre", "pk"):
                if self.rng.random() > 0.12:
                    continue
                qui = self._holder(tache)
                taches.prendre(acteur=comptes[qui], tache=tache)
                if qui.startswith("gestionnaire") and self.rng.random() < 0.12:
                    le = self.monde.reference + dt.timedelta(days=self.rng.randint(3, 25))
                    taches.ressortir(acteur=comptes[qui], tache=tache, le=le, motif=self.rng.choice(MOTIFS_ATTENTE))
            yield 1
        attendues = Echeance.objects.filter(genre=GenreEcheance.PIECES_ATTENDUES, traitee_le__isnull=True, levee_le__isnull=True)
        for rang, echeance in enumerate(attendues.select_related("sinistre__agent").order_by("pk")):
            if rang % 6 == 0 and echeance.sinistre is not None:
                fin = None if rang % 12 else self.monde.reference + dt.timedelta(days=14)
                relances.suspendre(
                    acteur=comptes["gestionnaire"], sinistre=echeance.sinistre, motif="Arrêté en cours de signature.", jusqu_au=fin
                )

    def _holder(self, tache: Tache) -> str:
        match tache.file:
            case FileTravail.MEDECIN:
                return "medecin"
            case FileTravail.BULLE:
                return "secretariat"
            case FileTravail.SOUTIENS:
                return "psychologue"
            case FileTravail.A_SIGNER | FileTravail.ESCALADES | FileTravail.INCIDENTS:
                return "responsable"
        match tache.genre:
            case GenreTache.PAYER_DECOMPTE | GenreTache.TRAITER_REJET:
                return "payeur"
        return self.rng.choice(("gestionnaire", "gestionnaire", "gestionnaire2"))

    def medecin(self) -> Vie:
        """Dossiers entrusted to the médecin conseil: some answered and read, some answered, some waiting."""
        comptes = self.monde.socle.comptes
        choisis = list(
            Sinistre.objects.filter(etat__in=[Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE, Etat.ROUVERT])
            .filter(nature__in=[Nature.CMO, Nature.AS, Nature.MP, Nature.TRJ])
            .select_related("collectivite", "agent", "contrat")
            .order_by("pk")
        )
        self.rng.shuffle(choisis)
        for rang, sinistre in enumerate(choisis[: max(3, len(choisis) // 5)]):
            question = QuestionMedecin.IMPUTABILITE if sinistre.nature in IMPUTABLES else QuestionMedecin.JUSTIFICATION
            avis.confier(acteur=comptes["gestionnaire"], sinistre=sinistre, medecin=comptes["medecin"], question=question)
            if rang % 4 == 3:
                yield 1
        yield 4
        for rang, demande in enumerate(AvisMedecin.objects.filter(rendu_le__isnull=True).order_by("pk")):
            if rang % 2:
                sens, conclusion = self.rng.choice(CONCLUSIONS)
                avis.rendre(acteur=comptes["medecin"], avis=demande, sens=sens, conclusion=conclusion)
        yield 2
        for rang, rendu in enumerate(AvisMedecin.objects.filter(rendu_le__isnull=False).order_by("pk")):
            if rang % 2:
                avis.prendre_connaissance(acteur=comptes["gestionnaire"], avis=rendu)

    def notes(self) -> Vie:
        """Notes on open dossiers."""
        ouverts = Sinistre.objects.filter(etat__in=[Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.VALIDE])
        for sinistre in ouverts.select_related("collectivite", "agent", "contrat").order_by("pk"):
            if self.rng.random() < 0.25:
                annoter(acteur=self.monde.gestionnaire(), sinistre=sinistre, texte=self.rng.choice(NOTES))
        yield 0

    def corbeille(self, nombre: int) -> Vie:
        """Late paper of the last days, not filed yet."""
        ouverts = list(
            Sinistre.objects.filter(etat__in=[Etat.PIECES_EN_ATTENTE, Etat.DECLARE]).select_related("collectivite", "agent").order_by("pk")
        )
        for rang in range(nombre):
            objet, canal = self.rng.choice(COURRIERS)
            self.monde.guichet.remplir_corbeille(objet, canal, self.rng.choice(ouverts), timezone.localdate())
            if rang % 4 == 3:
                yield 1

    def pieces(self) -> Vie:
        """The last days of lists and files: a draft of a list, facts told of dossiers, a volet sent to the bulle, an agent's link."""
        comptes = self.monde.socle.comptes
        brouillon = listes.preparer(acteur=comptes["responsable"])
        listes.renommer(acteur=comptes["responsable"], liste_id=brouillon.pk, libelle="Pièces de l’assurance statutaire, projet")
        accidents = Sinistre.objects.filter(nature__in=[Nature.AS, Nature.TRJ], etat__in=[Etat.DECLARE, Etat.PIECES_EN_ATTENTE])
        for sinistre in accidents.select_related("collectivite", "agent", "contrat").order_by("pk")[:6]:
            faits.declarer(acteur=comptes["gestionnaire"], sinistre=sinistre, faits=[Fait.ENQUETE])
        yield 1
        self._misfiled_volet()
        attendue = Piece.objects.filter(visibilite=Visibilite.M, requise=True, etat=EtatPiece.DEMANDEE).select_related("sinistre")
        derniere = attendue.order_by("-pk").first()
        if derniere is not None:
            laissez_passer.delivrer_lien(acteur=comptes["gestionnaire"], piece=derniere)

    def _misfiled_volet(self) -> None:
        """A mairie sends the wrong volet; the gestionnaire who opens it sends it to the bulle at once."""
        dues = Piece.objects.filter(etat=EtatPiece.DEMANDEE, visibilite=Visibilite.AS, code__startswith="certificat", arret__isnull=False)
        lues = dues.select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat", "arret", "exigence")
        piece = lues.order_by("-pk").first()
        if piece is None:
            return
        declarant = self.monde.socle.declarants[piece.sinistre.collectivite_id]
        if Guichet(self.monde.socle.comptes["gestionnaire"], 1).deposer(piece, declarant):
            depot = Depot.objects.select_related("piece__sinistre").get(piece=piece, etat=EtatDepot.DISPONIBLE)
            reclassement.reclasser(acteur=self.monde.socle.comptes["gestionnaire"], depot=depot)
