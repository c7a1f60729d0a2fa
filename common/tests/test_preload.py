"""What processes share is loaded before they fork."""

import gc

from common.preload import load_everything


def test_what_is_loaded_before_forking_is_left_alone_by_the_garbage_collector():
    try:
        load_everything()
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
