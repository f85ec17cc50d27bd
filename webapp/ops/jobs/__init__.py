"""Running jobs: workers, schedules, and what admins see of them."""
