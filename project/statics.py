"""Finds, among the installed node packages, the few files that pages use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder


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
