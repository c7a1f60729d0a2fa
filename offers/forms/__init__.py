"""What a venue types, one module per subject."""
