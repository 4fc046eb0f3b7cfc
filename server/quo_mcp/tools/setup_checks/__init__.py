"""The checks of the setup: each is a small function that returns a finding. `tools.check_setup` lists them."""
