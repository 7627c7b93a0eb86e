"""Finds, among the installed node packages, the few files that pages use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder


class NodeFinder(FileSystemFinder):
    """STATICFILES_DIRS holds the packages' folders; NODE_FILES names what leaves them."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            if f"{getattr(storage, 'prefix', '')}/{path}" in settings.NODE_FILES:
                yield path, storage

    def find(self, path: str, *arguments: Any, **options: Any) -> Any:
        if path not in settings.NODE_FILES:
            return []
        return super().find(path, *arguments, **options)


class AppFinder(AppDirectoriesFinder):
    """Files of the applications, but for viewflow's own pages, which nobody sees here and whose links are broken."""

    def __init__(self, app_names: Iterable[str] | None = None, *arguments: Any, **options: Any) -> None:
        super().__init__(app_names, *arguments, **options)
        self.apps = [name for name in self.apps if not name.startswith("viewflow")]
        self.storages = {name: storage for name, storage in self.storages.items() if name in self.apps}
