from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"

    def ready(self) -> None:
        from accounts.endpoint import call_within_runs
        from accounts.furnishing import furnish_with
        from agents import checks  # noqa: F401 - registers itself
        from agents.keeping import old_steps
        from agents.outside import within
        from agents.purse import BudgetPurse
        from agents.seeding import seed_agents
        from core.retention import let_go_of
        from modules.spending import spend_from

        furnish_with(seed_agents)
        call_within_runs(within)
        spend_from(BudgetPurse())
        let_go_of("steps", old_steps)
