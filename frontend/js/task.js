// A task.
