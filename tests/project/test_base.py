"""The tests' own base: who we are, what rolls back, what comes back."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.template import Context, Template

from tests import base


def _login() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_runs_under_the_web_login() -> None:
    assert _login() == "vigie_web"


@pytest.mark.bulle
@pytest.mark.django_db
def test_marked_test_runs_under_the_bulle_login() -> None:
    assert _login() == "vigie_bulle"


def test_commits_are_real_and_undone_afterwards(vraie_base: None, web_dsn: str) -> None:
    before = ContentType.objects.count()
    assert before > 0, "rows written by migrations come back after each real commit"
    assert not ContentType.objects.filter(app_label="passage").exists()
    ContentType.objects.create(app_label="passage", model="x")
    with psycopg.connect(web_dsn) as other:
        row = other.execute("SELECT count(*) FROM django_content_type WHERE app_label = 'passage'").fetchone()
    assert row == (1,)


def test_commits_are_real_and_undone_afterwards_again(vraie_base: None, web_dsn: str) -> None:
    test_commits_are_real_and_undone_afterwards(None, web_dsn)


@pytest.mark.django_db
def test_lock_must_name_its_rows() -> None:
    with pytest.raises(AssertionError, match="of="):
        ContentType.objects.select_for_update()
    assert ContentType.objects.select_for_update(of=("self",)).order_by("pk").first()


def test_network_is_out_of_reach() -> None:
    import socket

    with socket.socket() as probe, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        probe.connect(("192.0.2.1", 80))


@pytest.mark.django_db
def test_unordered_rows_come_back_shuffled() -> None:
    rows = ContentType.objects.order_by()
    orders = {tuple(item.pk for item in rows.all()) for _ in range(5)}
    assert len(orders) > 1
    assert isinstance(rows, models.QuerySet)


def test_template_of_nobody_is_left_alone() -> None:
    assert Template("{{ rien }}").render(Context()) == ""


def test_process_of_a_test_finds_the_same_database(vraie_base: None) -> None:
    import subprocess
    import sys

    code = (
        "import django; django.setup()\n"
        "from django.db import connection as c\n"
        "from django.conf import settings\n"
        "from django.contrib.contenttypes.models import ContentType\n"
        "print(ContentType.objects.filter(app_label='passage').count(), settings.S3_BUCKET, c.settings_dict['USER'])"
    )
    ContentType.objects.create(app_label="passage", model="x")
    for process, login in (("web", "vigie_web"), ("bulle", "vigie_bulle")):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=base.ROOT, env=base.environment(process), capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["1", settings.S3_BUCKET, login]
