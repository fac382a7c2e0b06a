"""Figures of this room for `/metrics`."""

from prometheus_client import Gauge

sockets = Gauge("mc_sockets", "Open sockets.", multiprocess_mode="livesum")
