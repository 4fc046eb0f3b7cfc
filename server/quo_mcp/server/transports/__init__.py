"""Serving until told to stop: over stdio, or over HTTP.

However it ends (end of input, SIGTERM, SIGINT), a call that changes or sends something is finished
and answered first, and the exit status is 0. Standard output belongs to the protocol; logs go to stderr.
"""

GRACE = 5.0  # seconds beyond a send's own time
LAST_WORDS = 1.5  # seconds for answers that change nothing, once the end has come
