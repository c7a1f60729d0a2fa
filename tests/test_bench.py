"""The measuring bench: how it judges, counts and compares; with `./portail drills` a whole short run."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings

from bench import client, jobs, servers
from bench.__main__ import catalogue_template, number, table
from bench.client import Answer, Failed, Measured, Request, Tally, Turns, drive, expect, percentile

FULL = os.environ.get("PORTAIL_DRILLS") == "full"
ROOT = Path(settings.BASE_DIR)


def test_percentile_takes_the_value_that_the_share_lies_under():
    values = list(range(1, 101))
    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100
    assert percentile([7], 0.99) == 7
    assert percentile([], 0.5) == 0


def test_limit_is_met_on_its_very_figure_and_not_without_one():
    assert jobs.Limit("value", at_most=5).met(5)
    assert not jobs.Limit("value", at_most=5).met(5.01)
    assert jobs.Limit("ratio", at_least=0.5).met(0.5)
    assert not jobs.Limit("ratio", at_least=0.5).met(None)


def test_row_is_met_when_every_figure_is_reached_and_nothing_failed():
    row = jobs.page("event", "une page", ratio=0.5, statements=4)
    assert not row.met
    row.ratio, row.statements = 0.6, 4
    assert row.met
    row.statements = 5
    assert not row.met
    row.statements, row.failures = 4, ["500 instead of 200"]
    assert not row.met
    assert row.as_json()["failed"] == 1


def test_rows_are_what_other_programs_read():
    for name, row in jobs.rows().items():
        told = row.as_json()
        assert {"value", "floor", "ratio", "statements", "target", "met"} <= told.keys(), name
        assert told["name"] == name and told["met"] is False and told["target"]


def test_table_says_what_is_met_and_what_was_not_measured():
    rows = jobs.rows()
    rows["audit"].value = 1.25
    lines = table([rows["audit"], rows["event"]]).splitlines()
    assert lines[2].startswith("| audit de toutes les invitations | 1,2 s |") and lines[2].endswith("| oui |")
    assert "| – |" in lines[3] and lines[3].endswith("| non |")
    assert number(12345.6) == "12 346"


def test_request_is_a_form_that_csrf_accepts():
    sent = Request("/reserver/", "abc", {"key": "é"}).encoded(8000, count=True).decode()
    head, body = sent.split("\r\n\r\n")
    assert head.startswith("POST /reserver/ HTTP/1.1")
    assert f"csrftoken={client.TOKEN}" in head and "sessionid=abc" in head and "X-Bench-Count: 1" in head
    assert f"csrfmiddlewaretoken={client.TOKEN}" in body and "key=%C3%A9" in body
    assert f"Content-Length: {len(body)}" in head


def test_answer_that_is_not_the_expected_one_is_a_failure():
    answer = Answer(409, {}, b"refus")
    assert expect(answer, 409) is answer
    with pytest.raises(Failed, match="409 instead of 302"):
        expect(answer, 302)


def test_clients_share_the_turns_and_count_what_failed():
    met, lock = [], threading.Lock()

    def journey(turn: int) -> None:
        with lock:
            met.append(turn)
        if turn % 10 == 9:
            raise Failed("refus")

    tally = drive(journey, clients=4, seconds=0.05, turns=Turns())
    assert sorted(met) == list(range(len(met)))
    assert len(tally.failures) == sum(turn % 10 == 9 for turn in met)
    assert len(tally.journeys) + len(tally.failures) == len(met)
    assert tally.rate > 0


def test_processor_time_is_counted_by_journey():
    two, four = Tally(1, [0.1] * 2), Tally(1, [0.1] * 4)
    assert Measured([(two, 0.010), (four, 0.020), (four, 0.040)]).cpu_ms == pytest.approx(5)


def test_processes_say_what_they_use():
    mine = os.getpid()
    assert servers.cpu_seconds([mine]) > 0
    assert servers.pss_mib([mine]) > 5
    assert servers.cpu_seconds([0]) == 0


def test_floors_page_is_as_long_as_the_portals():
    card = "<li><article><ul><li>a</li></ul>\n" + "a" * 2_000 + "</article></li>\n"
    page = (
        "<html>{{ pas une variable }}"
        + '<ul class="ticket-list">'
        + card * 24
        + "</ul>\n<footer></footer></html>"
    )
    template = catalogue_template(Answer(200, {}, page.encode()))
    row = template.split("{% for date in dates %}")[1].split("{% endfor %}")[0]
    assert len(row) == pytest.approx(len(card), rel=0.2)
    assert template.count("{% verbatim %}") == template.count("{% endverbatim %}") == 3


@pytest.mark.drill
@pytest.mark.skipif(not FULL, reason="takes a minute: ./portail drills")
def test_whole_run_measures_every_row_without_a_failure():
    """On SQLite, whatever the speed of this machine."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    words = [sys.executable, "-m", "bench", "--json", "--quick", "--structures=60", "--invitations=3000"]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["database"].startswith("SQLite") and "SQLite" in done.stderr
    assert {row["name"] for row in report["rows"]} == jobs.rows().keys()
    for row in report["rows"]:
        assert row["value"] and not row["failed"], row
