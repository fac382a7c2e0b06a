"""What this room keeps: models and their calls, assets, jobs and schedules."""

from modules.models.assets import Asset, AssetTag
from modules.models.calls import AIModel, Breaker, Call
from modules.models.jobs import Job, Schedule
from modules.models.music import Order, Playlist, PlaylistEntry
from modules.models.vectors import Embedding

__all__ = [
    "AIModel",
    "Asset",
    "AssetTag",
    "Breaker",
    "Call",
    "Embedding",
    "Job",
    "Order",
    "Playlist",
    "PlaylistEntry",
    "Schedule",
]
