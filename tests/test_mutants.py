"""What `./portail mutants` spoils (docs/mutation.md)."""

from pathlib import Path

from django.conf import settings

from invitations.services.quotas import Share
from launcher.legs import SPOILED
from offers.models import Quota
from tests.mutants import Module


def test_mutants_reach_decorated_functions_and_methods_and_leave_sentences_alone():
    made = [change for _, _, change, _ in Module("invitations/services/booking.py:excuse").mutants()]
    assert any("-    audit.record(" in change and "+    pass" in change for change in made)
    assert any("+    if not (invitation.performance.starts_at > at):" in change for change in made)
    assert any("+    if invitation.performance.starts_at >= at:" in change for change in made)
    assert any("actor=None" in change for change in made)
    assert not any("XX" in change and "séance" in change for change in made)
    assert list(Module("invitations/services/quotas.py:Share.left").mutants())


def test_spoilt_code_runs_until_the_sound_one_is_put_back():
    module, share = Module("invitations/services/quotas.py:Share.left"), Share(Quota(seats=3), held=1)
    spoilt = next(source for _, _, change, source in module.mutants() if "seats + self.held" in change)
    try:
        module.spoil(spoilt)
        assert share.left == 4
    finally:
        module.spoil(module.source)
    assert share.left == 2


def test_queries_compiled_once_are_left_alone():
    module = Module("invitations/services/booking.py")
    assert list(Module("invitations/services/booking.py:footing").mutants())
    assert not list(Module("invitations/services/booking.py:_date").mutants())
    module.spoil(module.source)


def test_tests_that_must_notice_are_there():
    named = [*SPOILED, *(test for tests in SPOILED.values() for test in tests)]
    assert all(Path(settings.BASE_DIR, path).is_file() for path in named)
