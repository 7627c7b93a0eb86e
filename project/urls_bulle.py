"""Addresses of the bulle's process: nothing but sign-in and the médecin's and psychologue's doors."""

from django.urls import include, path

from project import urls_common

urlpatterns = [*urls_common.urlpatterns, path("", include("portal.bulle.urls"))]
