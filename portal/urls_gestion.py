"""The gestionnaires' door; the simulator; the drawings of lifecycle and procedures, that every signed-in person may look at."""

from __future__ import annotations

from django.urls import include, path

from portal.gestion.views.processus import bpmn, procedure, processus
from portal.views_simulateur import simulateur

urlpatterns = [
    path("gestion/", include("portal.gestion.urls")),
    path("simulateur/", simulateur, name="simulateur"),
    path("processus/", processus, name="processus"),
    path("processus/<slug:genre>/", procedure, name="processus-procedure"),
    path("processus/<slug:genre>.bpmn", bpmn, name="processus-bpmn"),
]
