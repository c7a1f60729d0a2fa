"""The floor: the same jobs in the fewest lines of bare Django, with its full middleware and the same number of rows.

It is never slowed to look better against: no health check of connections, no rule, no role, no word on screen that
isn't in a variable of its own or in one block of fixed text, which brings each page to the portal's size.
"""
