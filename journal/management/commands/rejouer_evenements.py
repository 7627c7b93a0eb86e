"""`manage.py rejouer_evenements [NOM]`: what each consumer has before it, and parked events handed again to theirs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journal.outbox import registered, rejouer
from journal.selectors import etat_des_consommateurs


class Command(BaseCommand):
    help = "Sans nom, montre où en est chaque consommateur d’événements ; avec un nom, lui redonne ses événements écartés."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("nom", nargs="?", help="Le consommateur (par exemple notifications).")

    def handle(self, *args: Any, **options: Any) -> None:
        nom = options["nom"]
        if nom is None:
            for etat in etat_des_consommateurs():
                echec = f", échec n° {etat.tentatives} : {etat.erreur}" if etat.tentatives else ""
                self.stdout.write(f"{etat.nom} : {etat.en_attente} en attente, {etat.ecartes} écarté(s){echec}")
            return
        handler = registered().get(nom)
        if handler is None:
            raise CommandError(f"Consommateur inconnu : {nom}. Connus : {', '.join(sorted(registered())) or 'aucun'}.")
        tour = rejouer(nom, handler)
        self.stdout.write(f"{tour.traites} événement(s) traité(s), {tour.ecartes} encore en échec.")
        if tour.ecartes:
            raise SystemExit(1)
