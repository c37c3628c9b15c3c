"""Reinforcement learning from human feedback, the whole loop, for text and for control."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("assent")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"
