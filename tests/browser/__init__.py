"""What people do with the portal, in a real Chromium."""
