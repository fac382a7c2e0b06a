"""Figures of this room for `/metrics`."""

from prometheus_client import Gauge

sockets = Gauge("missioncontrol_sockets", "Open sockets of this process")
