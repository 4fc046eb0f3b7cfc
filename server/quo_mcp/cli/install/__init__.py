"""Installation of this server in clients' configuration files."""
