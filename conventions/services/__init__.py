"""What happens to agreements, one module per subject."""
