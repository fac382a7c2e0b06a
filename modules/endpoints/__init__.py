"""The API of modules, jobs, schedules and assets."""
