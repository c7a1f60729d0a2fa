"""What venues do with their offer, and how seats move. One module per subject."""

from offers.services.dates import (
    RefusedDates,
    add_performance,
    add_performances,
    give_seats,
    move_performance,
    set_capacity,
)
from offers.services.drafts import (
    DraftChanged,
    DraftPublished,
    copy_event,
    discard_draft,
    keep_draft,
    publish_draft,
)
from offers.services.events import (
    follow_venue,
    publish_again,
    publish_event,
    update_event,
    withdraw_event,
)
from offers.services.pictures import adjust_picture, put_picture, take_picture_off
from offers.services.quotas import lift_quota, set_quota
from offers.services.seats import (
    count_waiting,
    give_back_seats,
    hold_offer,
    hold_seats,
    keep_for_draw,
    keep_held,
    let_go,
    lock,
    lock_event,
    open_after_draw,
    take_seats,
    use_held_seats,
)
from offers.services.tables import revise_performance, withdraw_all_free_seats, withdraw_free_seats
from offers.services.uploads import choose_columns, confirm_upload, keep_upload

__all__ = [
    "DraftChanged",
    "DraftPublished",
    "RefusedDates",
    "add_performance",
    "add_performances",
    "adjust_picture",
    "choose_columns",
    "confirm_upload",
    "copy_event",
    "count_waiting",
    "discard_draft",
    "follow_venue",
    "give_back_seats",
    "give_seats",
    "hold_offer",
    "hold_seats",
    "keep_draft",
    "keep_for_draw",
    "keep_held",
    "keep_upload",
    "let_go",
    "lift_quota",
    "lock",
    "lock_event",
    "move_performance",
    "open_after_draw",
    "publish_again",
    "publish_draft",
    "publish_event",
    "put_picture",
    "revise_performance",
    "set_capacity",
    "set_quota",
    "take_picture_off",
    "take_seats",
    "update_event",
    "use_held_seats",
    "withdraw_all_free_seats",
    "withdraw_event",
    "withdraw_free_seats",
]
