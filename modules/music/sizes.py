"""How large a piece may be."""

from modules.assets.kinds import limit_mb
from modules.models import Asset


def most_bytes() -> int:
    """Bytes that a sound may have."""
    return limit_mb(Asset.Kind.AUDIO) * 1024 * 1024
