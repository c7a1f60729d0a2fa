"""How dates stand where Django writes them itself: staff's lists. In figures, as it knows no « 1er octobre »."""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y H:i"
