"""A business phone for AI agents: Quo over the Model Context Protocol."""

__version__ = "0.1.0"
