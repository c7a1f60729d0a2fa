"""What this room tells by mail, one module per subject."""
