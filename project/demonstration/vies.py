"""The lives of dossiers: each one a generator that acts through the real services, and yields the days it waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.utils import timezone

from accounts.models import User
from cases.enums import GenreArret, GenreBranche, GenreTache, MotifAnnulation, MotifCloture, MotifRefus, PorteeRefus
from cases.enums_mediation import PartieMediation, SensPosition
from cases.models import Arret, Branche, Sinistre
from cases.services.notes import annoter
from contracts.enums import IMPUTABLES, RECOURS_QUESTION, Nature
from documents.enums import Canal, EtatPiece, MotifRefusPiece
from documents.models import Piece
from documents.services import decisions
from indemnities.enums import EtatDecompte
from indemnities.models import Decompte
from project.demonstration import argent
from project.demonstration.depots import Guichet, take_over_pieces
from project.demonstration.donnees import CIRCONSTANCES, NOTES
from project.demonstration.etapes import acteur_de
from project.demonstration.plans import Destin, Plan
from project.demonstration.socle import Socle
from project.demonstration.temps import Vie
from workflows import capital, decomptes, payments
from workflows.branches.mediation.actes import donner_position
from workflows.declaration import WITHOUT_LEAVE, Declaration, declarer
from workflows.demande import ArretDemande, Demande
from workflows.guards import is_payable, missing_to_validate, read_conge
from workflows.lifecycle import ajouter_arret, declarer_reprise, transiter

ONE_DAY = dt.timedelta(days=1)
FILES_SINCE = 45
"""Days before the reference from which pièces come as files."""

REPRISE_BEFORE = 60
"""Days before the reference beyond which pièces were « reprises » in bulk, as when a CDG moves its old dossiers in."""

LEFT_TO_THE_BULLE = frozenset({Destin.DECLARE, Destin.ATTENTE, Destin.A_CONTROLER})
"""Fates whose medical pièces are still awaited when the bulle opens."""

PLANIFIEES = frozenset({Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO, Nature.TPT})


POSITIONS = (
    (PartieMediation.COLLECTIVITE, SensPosition.OPPOSEE, "L’agent a répondu à chacune de nos demandes ; nous souhaitons un nouvel examen."),
    (PartieMediation.ASSUREUR, SensPosition.FAVORABLE_AU_REFUS, "Les conditions du contrat ne sont pas réunies."),
    (PartieMediation.CDG, SensPosition.FAVORABLE_AU_REFUS, "Aucun élément nouveau malgré deux échanges."),
)
"""What each party of a médiation answers here."""


@dataclass
class Monde:
    """What every life shares."""

    socle: Socle
    guichet: Guichet
    rng: Random
    reference: dt.date
    dossiers: list[Sinistre] = field(default_factory=list)
    mediations: int = 0

    def gestionnaire(self) -> User:
        return self.socle.comptes[self.rng.choice(("gestionnaire", "gestionnaire", "gestionnaire2"))]

    def approbateur(self) -> User:
        return self.socle.comptes[self.rng.choice(("responsable", "payeur", "payeur2"))]


class Dossier:
    """One life. Its acts read the sinistre afresh: the services change it under us."""

    def __init__(self, monde: Monde, plan: Plan) -> None:
        self.monde = monde
        self.plan = plan
        self.rng = monde.rng
        self.gestionnaire = monde.gestionnaire()
        self.declarant = monde.socle.declarants[plan.personne.collectivite.pk]
        self.numero = ""

    # -- The life ----------------------------------------------------------------------------------------------------------

    def vivre(self) -> Vie:
        destin = self.plan.destin
        self.declarer()
        if destin == Destin.DECLARE:
            if self.rng.random() < 0.4:
                yield 1
                self.recevoir(part=0.6)
            return
        yield self.rng.randint(1, 4)
        if destin == Destin.ANNULE:
            motif = self.rng.choice(MotifAnnulation.values)
            self.passer("annuler", motif=motif, commentaire="Signalé par la collectivité.")
            return
        sans_suite = destin == Destin.CLOS and self.rng.random() < 0.03
        if sans_suite or not self.ancien() or self.rng.random() < 0.3:
            self.demander()
        yield self.rng.randint(2, 8)
        if destin in (Destin.ATTENTE, Destin.A_CONTROLER):
            yield from self.attendre_des_pieces()
            return
        if destin in (Destin.MEDIATION, Destin.REFUSE):
            yield from self.etre_refuse()
            return
        if sans_suite:
            yield 150
            self.passer("clore", motif=MotifCloture.SANS_SUITE, date_effet=timezone.localdate())
            return
        yield from self.instruire()
        yield from self.payer()
        for jours in self.plan.suites:
            yield from self.continuer(jours)
        if destin == Destin.PROLONGE:
            yield max(0, self.jours_avant(self.rng.randint(3, 20)))
            self.prolonger(30)
            yield 2
            self.recevoir(part=0.5)
        if destin in (Destin.CLOS, Destin.RECHUTE, Destin.ROUVERT):
            yield from self.finir()
            yield from self.suivre_deces()
        if destin in (Destin.RECHUTE, Destin.ROUVERT):
            yield max(15, self.jours_avant(self.rng.randint(0, 12)))
            self.rouvrir()

    def declarer(self) -> None:
        plan, rng, today = self.plan, self.rng, timezone.localdate()
        recul = rng.randint(125, 190) if plan.tardif and plan.destin == Destin.CLOS else rng.randint(1, 20)
        survenance = today - dt.timedelta(days=recul)
        if plan.nature in PLANIFIEES and rng.random() < 0.5:
            survenance = today + dt.timedelta(days=rng.randint(3, 40))
        arret = None
        if plan.nature not in WITHOUT_LEAVE:
            debut = survenance + ONE_DAY if plan.nature in IMPUTABLES and rng.random() < 0.5 else survenance
            arret = ArretDemande(
                debut=debut,
                fin=debut + dt.timedelta(days=plan.duree - 1),
                certificat=min(debut, today),
                quotite=rng.choice((50, 50, 60, 80)) if plan.nature == Nature.TPT else None,
            )
        sinistre = declarer(
            acteur=self.declarant if rng.random() < 0.85 else self.gestionnaire,
            agent=plan.personne.agent,
            declaration=Declaration(
                nature=plan.nature,
                survenance=survenance,
                arret=arret,
                circonstances=rng.choice(CIRCONSTANCES[plan.nature]) if plan.nature in IMPUTABLES else "",
                tiers_possible=rng.random() < (0.4 if plan.nature == Nature.TRJ else 0.05) if plan.nature in RECOURS_QUESTION else None,
            ),
        )
        self.numero = sinistre.numero
        self.monde.dossiers.append(sinistre)

    def demander(self) -> None:
        self.passer("demander_pieces")
        if self.rng.random() < 0.2:
            annoter(acteur=self.gestionnaire, sinistre=self.lire(), texte=self.rng.choice(NOTES))

    def attendre_des_pieces(self) -> Vie:
        """Some pièces come, in the last days; one is refused now and then; some are left for somebody to look at."""
        yield max(0, self.jours_avant(self.rng.randint(1, 7)))
        complet = self.plan.destin == Destin.A_CONTROLER and self.rng.random() < 0.5
        self.recevoir(part=1.0 if complet else 0.55)
        if self.plan.destin == Destin.A_CONTROLER:
            return
        yield 1
        self.controler(refus=0.35)

    def etre_refuse(self) -> Vie:
        if self.rng.random() < 0.5:
            self.recevoir(part=0.7)
            yield 2
            self.controler()
        if self.plan.destin == Destin.MEDIATION:
            yield max(1, self.jours_avant(self.rng.randint(1, 18)))
        motifs = (MotifRefus.NON_JUSTIFIE, MotifRefus.PIECES_MANQUANTES)
        if self.plan.nature in IMPUTABLES:
            motifs = (MotifRefus.NON_IMPUTABLE, MotifRefus.PIECES_MANQUANTES)
        self.passer(
            "proposer_refus",
            motif=self.rng.choice(motifs),
            portee=PorteeRefus.SINISTRE,
            commentaire="Proposition soumise à la médiation du CDG.",
        )
        if self.plan.destin == Destin.MEDIATION:
            self.monde.mediations += 1
            self.entendre(self.monde.mediations % (len(POSITIONS) + 1))
            return
        yield self.rng.randint(8, 25)
        self.entendre(len(POSITIONS))
        responsable = self.monde.socle.comptes["responsable"]
        self.passer("refuser", acteur=responsable, commentaire="Médiation menée sans accord ; refus notifié.")

    def entendre(self, combien: int) -> None:
        """The first parties of the médiation answer, unless their delay is over; the employer by his own hand."""
        branche = Branche.objects.get(sinistre=self.lire(), genre=GenreBranche.MEDIATION)
        for partie, sens, motif in POSITIONS[:combien]:
            acteur = acteur_de(branche, GenreTache[f"MD_{partie}"], self.gestionnaire)
            if acteur is not None:
                acteur = self.declarant if partie == PartieMediation.COLLECTIVITE else acteur
                donner_position(acteur=acteur, branche=branche, partie=partie, sens=sens, motif=motif)

    def instruire(self) -> Vie:
        """All pièces in, checked, the dossier validated; one in eight has a pièce refused first, and sent again."""
        if self.plan.destin in NEAR_TODAY:
            yield max(0, self.jours_avant(NEAR_TODAY[self.plan.destin] + self.rng.randint(3, 7)))
        if self.ancien():
            take_over_pieces(self.lire(), self.gestionnaire)
            self.passer("valider")
            return
        self.recevoir(part=1.0)
        yield self.rng.randint(1, 3)
        self.controler(refus=0.12)
        while missing_to_validate(self.lire()):
            yield self.rng.randint(1, 5)
            self.recevoir(part=1.0)
            yield 1
            self.controler()
        self.passer("valider")

    def payer(self) -> Vie:
        """Have the décomptes computed, then approved. The payment run does the rest (simulation.py)."""
        destin = self.plan.destin
        sinistre = self.lire()
        conge = read_conge(sinistre)
        if destin == Destin.A_SAISIR or not is_payable(sinistre, conge):
            return
        yield self.rng.randint(0, 2)
        if not conge.arrets:
            self.saisir()
        else:
            yield from self.attendre_la_fin(conge.arrets[-1].fin)
            argent.recevoir_la_cpam(self.gestionnaire, self.lire())
            self.calculer()
        if destin == Destin.A_SIGNER:
            return
        yield self.rng.randint(0, 2)
        self.approuver()

    def attendre_la_fin(self, fin: dt.date) -> Vie:
        """Days are paid once they are over: of a leave that outlasts the reference day, what is over by now."""
        reste = (fin - timezone.localdate()).days + 1
        if reste > 0 and fin < self.monde.reference - dt.timedelta(days=NEAR_TODAY.get(self.plan.destin, 1)):
            yield reste

    def continuer(self, jours: int) -> Vie:
        """The leave goes on: a new certificate, its pièces, its payment."""
        yield max(1, (self.fin_du_conge() - timezone.localdate()).days - 1)
        self.prolonger(jours)
        yield self.rng.randint(3, 10)
        yield from self.instruire()
        yield from self.payer()

    def finir(self) -> Vie:
        """The effective end, told by the collectivité, noted by the gestionnaire."""
        fin = self.fin_du_conge()
        yield max(20, (fin - timezone.localdate()).days + self.rng.randint(2, 12))
        today = timezone.localdate()
        effet = max(min(fin + ONE_DAY, today), self.lire().survenance + ONE_DAY)
        motif = self.motif_cloture()
        if motif == MotifCloture.REPRISE:
            declarer_reprise(acteur=self.declarant, numero=self.numero, le=effet)
            yield self.rng.randint(1, 4)
        self.passer("clore", motif=motif, date_effet=effet)

    def suivre_deces(self) -> Vie:
        """A closing by death has opened a linked dossier: its capital is paid in its turn."""
        suite = Sinistre.objects.filter(origine__numero=self.numero, nature=Nature.DC).first()
        if suite is None:
            return
        self.numero = suite.numero
        self.monde.dossiers.append(suite)
        yield self.rng.randint(5, 20)
        yield from self.instruire()
        yield from self.payer()
        yield 45
        self.passer("clore", motif=MotifCloture.DECES, date_effet=suite.survenance)

    def motif_cloture(self) -> str:
        nature, tirage = self.plan.nature, self.rng.random()
        if nature == Nature.DC:
            return MotifCloture.DECES
        if nature in (Nature.FM, Nature.AIT):
            return MotifCloture.FIN_DROITS
        if nature in (Nature.CLM, Nature.CLD, Nature.CGM, Nature.DORS):
            longs = (MotifCloture.REPRISE, MotifCloture.REPRISE, MotifCloture.RETRAITE, MotifCloture.FIN_DROITS, MotifCloture.DECES)
            return self.rng.choice(longs)
        if nature in (Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO):
            return MotifCloture.REPRISE if tirage < 0.8 else MotifCloture.TERME
        if self.plan.destin == Destin.CLOS and tirage > 0.92:
            return self.rng.choice((MotifCloture.MUTATION, MotifCloture.RETRAITE, MotifCloture.FIN_CONTRAT))
        return MotifCloture.REPRISE

    # -- Acts --------------------------------------------------------------------------------------------------------------

    def lire(self) -> Sinistre:
        return Sinistre.objects.select_related("collectivite", "agent", "contrat", "termes").get(numero=self.numero)

    def fin_du_conge(self) -> dt.date:
        """The last certified day; today where nothing is certified."""
        dernier = Arret.objects.filter(sinistre__numero=self.numero, actif=True).order_by("-fin").first()
        return dernier.fin if dernier is not None else timezone.localdate()

    def jours_avant(self, jours: int) -> int:
        """Days from now to `jours` before the reference day; negative when that is past."""
        return (self.monde.reference - dt.timedelta(days=jours) - timezone.localdate()).days

    def ancien(self) -> bool:
        return self.jours_avant(REPRISE_BEFORE) > 0

    def passer(self, nom: str, *, acteur: User | None = None, **demande: Any) -> None:
        transiter(acteur=acteur or self.gestionnaire, numero=self.numero, nom=nom, demande=Demande(**demande))

    def recevoir(self, *, part: float) -> None:
        """The collectivité sends a part of what it owes: the required pièces, first ones first."""
        attendues = list(
            Piece.objects.filter(sinistre__numero=self.numero, requise=True, etat__in=[EtatPiece.DEMANDEE, EtatPiece.REFUSEE])
            .select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat", "arret", "exigence")
            .order_by("exigence__ordre", "pk")
        )
        for piece in attendues[: max(1, round(part * len(attendues)))]:
            if piece.est_medicale and self.plan.destin in LEFT_TO_THE_BULLE:
                continue  # somebody of the bulle scans it, in the second step of the loading (bulle.py)
            if piece.est_medicale:
                decisions.recevoir_sur_papier(acteur=self.monde.socle.comptes["secretariat"], piece=piece)
            elif not (self.jours_avant(FILES_SINCE) < 0 and self.monde.guichet.deposer(piece, self.declarant)):
                canal = self.rng.choice((Canal.COURRIEL, Canal.COURRIEL, Canal.POSTE, Canal.FAX))
                self.monde.guichet.recevoir_papier(piece, canal, timezone.localdate())

    def controler(self, *, refus: float = 0.0) -> None:
        """The gestionnaire looks at what has come; `refus` is the chance that one pièce of it is refused."""
        pieces = list(
            Piece.objects.filter(sinistre__numero=self.numero, etat=EtatPiece.A_CONTROLER)
            .select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat")
            .order_by("exigence__ordre", "pk")
        )
        refusee = self.rng.choice(pieces) if pieces and self.rng.random() < refus else None
        for piece in pieces:
            if piece is refusee:
                motif = self.rng.choice((MotifRefusPiece.ILLISIBLE, MotifRefusPiece.INCOMPLETE, MotifRefusPiece.NON_SIGNEE))
                message = "Merci de nous renvoyer ce document."
                decisions.refuser(acteur=self.gestionnaire, piece=piece, motif=motif, message=message)
            else:
                decisions.accepter(acteur=self.gestionnaire, piece=piece)

    def saisir(self) -> None:
        """What no day measures: the capital of a death, from who is left; care, typed by hand with its reason."""
        sinistre = self.lire()
        jour = sinistre.survenance
        if sinistre.nature == Nature.DC:
            capital.calculer(acteur=self.gestionnaire, numero=self.numero, faits=argent.ayants_droit(jour))
            return
        payments.saisir_decompte(
            acteur=self.gestionnaire, numero=self.numero, debut=jour, fin=jour, montant=argent.soins(self.plan.personne.tib),
            explication="Honoraires et frais remboursés au coût réel, sur facture.",
        )  # fmt: skip

    def calculer(self) -> None:
        """The engines reckon what is over; the gestionnaire is the author."""
        decomptes.preparer(acteur=self.gestionnaire, numero=self.numero)

    def approuver(self) -> None:
        for decompte in Decompte.objects.filter(sinistre__numero=self.numero, etat=EtatDecompte.CALCULE).order_by("pk"):
            if self.plan.destin == Destin.REJETE:
                responsable = self.monde.socle.comptes["responsable"]
                payments.rejeter_decompte(acteur=responsable, decompte_id=decompte.pk, motif="Période à revoir : bulletin manquant.")
            else:
                payments.approuver_decompte(acteur=self.monde.approbateur(), decompte_id=decompte.pk)

    def prolonger(self, jours: int) -> None:
        debut = self.fin_du_conge() + ONE_DAY
        ajouter_arret(
            acteur=self.declarant,
            numero=self.numero,
            arret=ArretDemande(debut=debut, fin=debut + dt.timedelta(days=jours - 1), certificat=min(debut, timezone.localdate())),
            genre=GenreArret.PROLONGATION,
        )

    def rouvrir(self) -> None:
        if self.plan.destin == Destin.ROUVERT:
            self.passer("rouvrir", commentaire="Prolongation reçue après la clôture.")
            return
        debut = timezone.localdate() - dt.timedelta(days=self.rng.randint(0, 6))
        debut = max(debut, self.fin_du_conge() + ONE_DAY)
        arret = ArretDemande(debut=debut, fin=debut + dt.timedelta(days=self.rng.choice((10, 15, 30))), certificat=debut)
        self.passer("rouvrir_rechute", arret=arret, commentaire="Rechute constatée, lien avec l’événement d’origine.")


NEAR_TODAY: dict[Destin, int] = {
    Destin.A_SAISIR: 3,
    Destin.A_SIGNER: 2,
    Destin.A_PAYER: 1,
    Destin.REJETE: 2,
    Destin.TRANSMIS: 14,
    Destin.RETOURNE: 29,
}
"""Destinies whose last acts are to fall in the last days, so that queues are neither empty nor months late."""
