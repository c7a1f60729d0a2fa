"""What people type about how it went. One module per subject."""
