from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ModulesConfig(AppConfig):
    name = "modules"

    def ready(self) -> None:
        """Every app's `tools.py` registers what agents can do, every module its operations."""
        from modules.operations import autodiscover

        autodiscover_modules("tools")
        autodiscover()
