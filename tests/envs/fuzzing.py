"""What the tests with damaged files agree on."""

from datetime import timedelta

# By the wall clock, for one damaged file: reading it for longer counts as a hang. Nothing intact takes a tenth of it.
HANG = timedelta(seconds=5)
