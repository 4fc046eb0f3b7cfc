"""The database, whether it was lost, and whether the processes that use it are alive."""
