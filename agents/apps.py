from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"

    def ready(self) -> None:
        from accounts.furnishing import furnish_with
        from agents.seeding import seed_agents

        furnish_with(seed_agents)
