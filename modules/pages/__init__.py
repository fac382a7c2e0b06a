"""The screens of modules, jobs, schedules and assets."""
