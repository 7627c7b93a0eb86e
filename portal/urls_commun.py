"""Pages that both processes have: home, account, rights."""

from __future__ import annotations

from django.urls import path

from portal import views_commun as views

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("mon-compte/", views.mon_compte, name="mon-compte"),
    path("mes-jetons/", views.mes_jetons, name="mes-jetons"),
    path("mes-jetons/<int:jeton_id>/revoquer/", views.revoquer_jeton, name="revoquer-jeton"),
    path("mes-jetons/<int:jeton_id>/confirmer/", views.confirmer_jeton, name="confirmer-jeton"),
    path("mes-sessions/", views.mes_sessions, name="mes-sessions"),
    path("mes-courriels/", views.mes_courriels, name="mes-courriels"),
    path("compte/email/", views.ferme),
    path("compte/social/connections/", views.ferme),
    path("compte/3rdparty/", views.ferme),
    path("qui-peut-quoi/", views.qui_peut_quoi, name="qui-peut-quoi"),
]
