"""The gestionnaires' door, and the drawings of the lifecycle and of the procedures that every signed-in person may look at."""

from __future__ import annotations

from django.urls import include, path

from portal.gestion.views.processus import bpmn, procedure, processus

urlpatterns = [
    path("gestion/", include("portal.gestion.urls")),
    path("processus/", processus, name="processus"),
    path("processus/<slug:genre>/", procedure, name="processus-procedure"),
    path("processus/<slug:genre>.bpmn", bpmn, name="processus-bpmn"),
]
