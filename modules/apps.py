from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ModulesConfig(AppConfig):
    name = "modules"

    def ready(self) -> None:
        """Every app's `tools.py` registers what agents can do, every module its operations."""
        from core.retention import let_go_of
        from modules.forgetting import old_calls, old_jobs
        from modules.operations import autodiscover
        from modules.running.calling import offer_as_tools

        autodiscover_modules("tools")
        autodiscover()
        offer_as_tools()
        let_go_of("calls", old_calls)
        let_go_of("jobs", old_jobs)
