from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def no_second_factor_unless_asked(settings: Any) -> None:
    """Tests of rights sign people in by password; those of the second factor ask for it."""
    settings.MFA_REQUIRED = False


@pytest.fixture(autouse=True)
def no_rate_of_another_test() -> None:
    cache.clear()
