"""Addresses of the bulle's process: sign-in, the medical roles' doors, and the one through which files enter."""

from django.urls import include, path

from portal.bulle.views.depots import deposer
from project import urls_common

urlpatterns = [*urls_common.urlpatterns, path("depots/", deposer, name="depots"), path("", include("portal.bulle.urls"))]
