"""The gestionnaires' door."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    """These tests are about the door; tests/accounts and tests/portal/test_securite hold the identity to its promise."""
    settings.MFA_REQUIRED, settings.STEP_UP_MINUTES = False, 0
