"""After an import: its report, its conflicts, the comparison with its sources, and undoing it."""
