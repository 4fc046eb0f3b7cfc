"""A business phone for AI agents: Quo over the Model Context Protocol."""

__version__ = "0.2.0"
