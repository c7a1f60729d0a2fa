"""The demonstration: an invented season around Lyon, its accounts, and the check that tries it all.

Nobody in it exists. `season` loads it, `accounts` says who signs in, `mark` says that a database holds it,
`check` goes through the main job as a browser would. The texts stand in `data/`.
"""
