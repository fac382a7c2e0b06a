"""What this room keeps: models and their calls, assets, jobs and schedules."""

from modules.models.assets import Asset, AssetTag
from modules.models.calls import AIModel, Breaker, Call
from modules.models.jobs import Job, Schedule
from modules.models.music import Order, Playlist, PlaylistEntry

__all__ = [
    "AIModel",
    "Asset",
    "AssetTag",
    "Breaker",
    "Call",
    "Job",
    "Order",
    "Playlist",
    "PlaylistEntry",
    "Schedule",
]
