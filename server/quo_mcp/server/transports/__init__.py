"""The transports: stdio and HTTP.

A server stops at the end of its input, or on SIGTERM or SIGINT. Calls that write or send finish and are answered first;
the exit status is 0. Standard output carries the protocol only; logs go to stderr.
"""

WRITE_GRACE = 5.0  # seconds beyond the send timeout that a running write gets
DRAIN = 1.5  # seconds for pending responses of reads, once shutdown begins
