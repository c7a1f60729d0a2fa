"""What happens to bookings: `booking` (take, cancel), `door` (admit), `usage` (hints), `people` (the list)."""
