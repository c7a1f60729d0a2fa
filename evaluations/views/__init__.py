"""Pages of how it went. One module per subject."""
