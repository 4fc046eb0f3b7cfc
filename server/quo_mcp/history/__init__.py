"""Several of Quo's lists read as one, newest first, with what was and was not read. It words nothing."""
