"""The database, and whether the processes that use it are alive."""
