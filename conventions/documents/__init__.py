"""The papers of this room, one module per subject."""
