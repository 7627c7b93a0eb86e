"""Addresses of the bulle's process: nothing but sign-in and the médecin's and psychologue's doors."""

from project import urls_common
from project.urls_common import room

urlpatterns = [*urls_common.urlpatterns, *room("", "portal.bulle.urls")]
