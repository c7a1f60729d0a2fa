"""What happens to bookings: `booking` (take, cancel), `door` (admit), `people` (the list).

The use of seats: `usage` (hints), `usage_review` (nights), `usage_alerts` (conversations).
"""
