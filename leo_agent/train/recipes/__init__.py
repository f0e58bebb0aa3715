"""What a training run does, as data: stages, tasks with weights, frozen parts, schedules. The named ones lie here."""
