"""The machine's way through the lifecycle: each transition tried by somebody, in its place and out of it, with what the model says of it.

tests/workflows/test_machine.py adds the money and what is always true.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import hypothesis.strategies as st
from django.db import transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from accounts.gate import Refus
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, TransitionImpossible, VersionPerimee
from cases.models import Sinistre
from documents.models import Piece
from indemnities.models import Decompte
from tests import factories as f
from tests.mediations import mediation_de
from tests.workflows.model import (
    CDG,
    DAY,
    PARTIES,
    PEOPLE,
    SEERS,
    TABLE,
    WHO,
    C,
    D,
    M,
    Model,
    O,
    P,
    by,
    somewhere,
)
from workflows import lifecycle
from workflows.branches.mediation.actes import donner_position
from workflows.demande import ArretDemande, Demande
from workflows.lifecycle import transiter


class Transitions(RuleBasedStateMachine):
    """One dossier, declared once and driven from state to state."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.m = f.monde()
        self.declared = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    # -- The dossier ---------------------------------------------------------------------------------------------------------

    @initialize(nature=st.sampled_from(["CMO", "AS"]), jours=st.integers(12, 40), late=st.booleans())
    def declare(self, nature: str, jours: int, late: bool) -> None:
        debut = timezone.localdate() - dt.timedelta(days=150 if late else 60)
        sinistre = f.sinistre(self.m, nature, de=f.agent(self.m.collectivite), arret=f.arret_demande(debut, jours))
        self.survenance = debut
        self.it = Model(sinistre.numero, sinistre.pk, nature, late=late, active=[(debut, debut + (jours - 1) * DAY)])
        self.it.journal["sinistre.declarer"] = 1

    def missing(self) -> int:
        """Required pièces not yet conformes, of arrêts that still count: what the model asks the database, and nothing else."""
        pieces = Piece.objects.filter(sinistre_id=self.it.pk, requise=True).exclude(etat__in=["CONFORME", "SANS_OBJET"])
        return sum(piece.arret is None or piece.arret.actif for piece in pieces.select_related("arret"))

    def untyped(self) -> bool:
        """An active arrêt that no standing initial line touches."""
        lines = list(Decompte.objects.filter(sinistre_id=self.it.pk, corrige=None).exclude(etat="REJETE"))
        return any(not any(d.debut <= fin and d.fin >= debut for d in lines) for debut, fin in self.it.active)

    # -- Transitions -----------------------------------------------------------------------------------------------------------

    def attempt(self, nom: str, qui: str, demande: Demande, *, guard: bool, version: int | None = None) -> bool:
        """Try; the model says what must happen. Returns whether it was done."""
        it = self.it
        sources, target = TABLE[nom]
        allowed_states = {C} if nom == "rouvrir" and qui != "responsable" else sources
        expected: type[BaseException] | None = None
        if qui not in SEERS:
            expected = Sinistre.DoesNotExist
        elif version is not None and version != it.version:
            expected = VersionPerimee
        elif qui not in WHO[nom] or (nom == "rouvrir" and it.etat not in allowed_states):
            expected = Refus
        elif it.etat not in sources or (nom == "rouvrir_rechute" and it.nature != "AS"):
            expected = TransitionImpossible
        elif not guard:
            expected = Erreur
        try:
            transiter(acteur=self.m.people[qui], numero=it.numero, nom=nom, demande=demande, version=version)
        except (Refus, Erreur, Sinistre.DoesNotExist) as error:
            assert expected is not None, f"{nom} by {qui} in {it.etat} was refused: {error!r}"
            assert isinstance(error, expected), f"{nom} by {qui} in {it.etat}: {error!r} instead of {expected.__name__}"
            if expected not in (Sinistre.DoesNotExist, VersionPerimee) and not isinstance(error, AlerteAConfirmer):
                it.journal["sinistre.refus_de_transition"] += 1
            return False
        assert expected is None, f"{nom} by {qui} in {it.etat} should have raised {expected}"
        if nom == "proposer_refus":
            it.origin = it.etat
        it.etat = {"=": it.etat, "origin": it.origin}.get(target, target)
        it.version += 1
        it.journal[f"sinistre.{nom}"] += 1
        return True

    @rule(nom=st.sampled_from(sorted(TABLE)), qui=st.sampled_from(PEOPLE))
    def out_of_place(self, nom: str, qui: str) -> None:
        if self.it.etat not in TABLE[nom][0]:
            self.attempt(nom, qui, Demande(), guard=False)

    @somewhere("demander_pieces")
    @rule(qui=by("demander_pieces"), stale=st.sampled_from([False, False, False, True]))
    def demander_pieces(self, qui: str, stale: bool) -> None:
        version = self.it.version + (1 if stale else 0)
        self.attempt("demander_pieces", qui, Demande(), guard=self.missing() > 0, version=version)

    @somewhere("valider")
    @rule(qui=by("valider"), complete=st.sampled_from([True, True, True, False]))
    def valider(self, qui: str, complete: bool) -> None:
        if complete:
            self.pieces_arrive()
        missing = self.missing()
        if missing and qui in CDG:
            # What is payable decides which pièces are awaited: the model only knows that nothing missing is always enough.
            return
        self.attempt("valider", qui, Demande(), guard=True)

    def pieces_arrive(self) -> None:
        f.complete_pieces(Sinistre.objects.get(pk=self.it.pk), self.m.gestionnaire)

    @somewhere("rembourser")
    @rule(qui=by("rembourser"))
    def rembourser(self, qui: str) -> None:
        ready = self.it.settled() and not self.it.unpaid() and (self.it.refused_before or not self.untyped())
        self.attempt("rembourser", qui, Demande(), guard=ready)

    @somewhere("rejeter_reglement")
    @rule(qui=by("rejeter_reglement"))
    def rejeter_reglement(self, qui: str) -> None:
        self.attempt("rejeter_reglement", qui, Demande(), guard=any(d.sent and d.etat == "REJETE" for d in self.it.lines))

    @rule(
        qui=st.sampled_from(["mairie", "gestionnaire"] * 3 + ["mairie2", "payeur"]),
        jours=st.integers(1, 20),
        overlap=st.sampled_from([False, False, True]),
    )
    def prolong(self, qui: str, jours: int, overlap: bool) -> None:
        it = self.it
        if not it.active:
            return
        last = max(fin for _, fin in it.active)
        debut = last if overlap else last + DAY
        arret = ArretDemande(debut, debut + (jours - 1) * DAY, debut)
        if it.etat in (D, P, O):
            self._add(qui, arret, overlap)
        elif self.attempt("prolonger", qui, Demande(arret=arret), guard=not overlap):
            it.active.append((arret.debut, arret.fin))

    def _add(self, qui: str, arret: ArretDemande, overlap: bool) -> None:
        expected: Any = None
        if qui == "mairie2":
            expected = Sinistre.DoesNotExist
        elif qui == "payeur":
            expected = Refus
        elif overlap:
            expected = DonneeInvalide
        try:
            lifecycle.ajouter_arret(acteur=self.m.people[qui], numero=self.it.numero, arret=arret)
        except (Refus, Erreur, Sinistre.DoesNotExist) as error:
            assert expected is not None and isinstance(error, expected), repr(error)
            self.it.journal["sinistre.refus_de_transition"] += expected is not Sinistre.DoesNotExist
            return
        assert expected is None
        self.it.version += 1
        self.it.journal["sinistre.arret_ajoute"] += 1
        self.it.active.append((arret.debut, arret.fin))

    @somewhere("requalifier")
    @rule(qui=by("requalifier"), after=st.integers(-2, 30))
    def requalifier(self, qui: str, after: int) -> None:
        it = self.it
        nature = "CLM" if it.nature != "CLM" else "CMO"
        jour = self.survenance + after * DAY
        demande = Demande(nature=nature, date_effet=jour, commentaire="Avis du conseil médical")
        if self.attempt("requalifier", qui, demande, guard=after >= 0):
            it.nature = nature
            it.active = [
                part for debut, fin in it.active for part in ([(debut, jour - DAY), (jour, fin)] if debut < jour <= fin else [(debut, fin)])
            ]

    @somewhere("regulariser")
    @rule(qui=by("regulariser"), said=st.sampled_from([True, True, True, False]))
    def regulariser(self, qui: str, said: bool) -> None:
        self.attempt("regulariser", qui, Demande(commentaire="IJSS tardives" if said else ""), guard=said)

    @somewhere("proposer_refus")
    @rule(
        qui=by("proposer_refus"),
        motif=st.sampled_from(["NON_JUSTIFIE"] * 4 + ["DECHEANCE", "", "BOF"]),
        scope=st.sampled_from(["SINISTRE", "PERIODE"] * 3 + [""]),
    )
    def proposer_refus(self, qui: str, motif: str, scope: str) -> None:
        ready = motif in ("NON_JUSTIFIE", "DECHEANCE") and bool(scope) and (motif != "DECHEANCE" or self.it.late)
        if self.attempt("proposer_refus", qui, Demande(motif=motif, portee=scope), guard=ready):
            self.it.scope = scope
            self.it.heard = set()
            self.it.refused_before = True

    @precondition(lambda self: self.it.etat == M)
    @rule(partie=st.sampled_from(sorted(PARTIES)), qui=st.sampled_from(PEOPLE), sens=st.sampled_from(["FAVORABLE_AU_REFUS", "OPPOSEE", ""]))
    def give_position(self, partie: str, qui: str, sens: str) -> None:
        """The three are heard, each once or again, by whoever may speak for them."""
        right = qui in PARTIES[partie] and bool(sens)
        branche = mediation_de(Sinistre.objects.get(pk=self.it.pk))
        try:
            donner_position(acteur=self.m.people[qui], branche=branche, partie=partie, sens=sens, motif="Entendu.")
        except (Refus, Erreur) as error:
            assert not right, repr(error)
            return
        assert right
        self.it.heard.add(partie)

    @precondition(lambda self: self.it.etat == M)
    @rule()
    def hear_everybody(self) -> None:
        for partie in sorted(PARTIES):
            self.give_position(partie=partie, qui="gestionnaire", sens="OPPOSEE")

    @somewhere("lever_refus")
    @rule(qui=by("lever_refus"))
    def lever_refus(self, qui: str) -> None:
        if self.attempt("lever_refus", qui, Demande(commentaire="Pièces reçues"), guard=True):
            self.it.refused_before = False

    @somewhere("refuser")
    @rule(qui=by("refuser"))
    def refuser(self, qui: str) -> None:
        ready = self.it.scope == "SINISTRE" and not self.it.approved() and self.it.heard == set(PARTIES)
        self.attempt("refuser", qui, Demande(commentaire="Médiation close"), guard=ready)

    @somewhere("refuser_partie")
    @rule(qui=by("refuser_partie"))
    def refuser_partie(self, qui: str) -> None:
        ready = (self.it.scope != "SINISTRE" or self.it.approved()) and self.it.heard == set(PARTIES)
        self.attempt("refuser_partie", qui, Demande(commentaire="Le début est accepté"), guard=ready)

    @somewhere("annuler")
    @rule(qui=by("annuler"), motif=st.sampled_from(["DOUBLE", "ERREUR", "", "REPRISE"]), often=st.integers(0, 4))
    def annuler(self, qui: str, motif: str, often: int) -> None:
        if often:  # the only state without a way out: seldom, so that the others are walked
            return
        self.attempt("annuler", qui, Demande(motif=motif), guard=motif in ("DOUBLE", "ERREUR") and not self.it.approved())

    @somewhere("clore")
    @rule(
        qui=by("clore"),
        motif=st.sampled_from(["REPRISE", "RETRAITE", "SANS_SUITE"] * 3 + ["", "FIN_CERTIFICAT"]),
        after=st.sampled_from([3, 20, 50] * 3 + [-1, 400]),
    )
    def clore(self, qui: str, motif: str, after: int) -> None:
        jour = self.survenance + after * DAY
        ready = motif in ("REPRISE", "RETRAITE", "SANS_SUITE") and after >= 0 and jour <= timezone.localdate()
        if self.attempt("clore", qui, Demande(motif=motif, date_effet=jour), guard=ready) and motif == "REPRISE":
            self.cut(jour)

    def cut(self, jour: dt.date) -> None:
        self.it.active = [(debut, min(fin, jour - DAY)) for debut, fin in self.it.active if debut < jour]

    @somewhere("rouvrir_rechute")
    @rule(qui=by("rouvrir_rechute"), after=st.integers(0, 60), jours=st.integers(1, 15))
    def rouvrir_rechute(self, qui: str, after: int, jours: int) -> None:
        debut = self.survenance + after * DAY
        arret = ArretDemande(debut, debut + (jours - 1) * DAY, debut)
        if self.attempt("rouvrir_rechute", qui, Demande(arret=arret), guard=after > 0):
            self.cut(debut)
            self.it.active.append((arret.debut, arret.fin))

    @somewhere("rouvrir")
    @rule(qui=by("rouvrir"), said=st.sampled_from([True, True, True, False]))
    def rouvrir(self, qui: str, said: bool) -> None:
        if self.attempt("rouvrir", qui, Demande(commentaire="Contestation gagnée" if said else ""), guard=said):
            self.it.refused_before = False
