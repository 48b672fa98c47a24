"""The settings of the site and the bare tree, which the tree kit would refuse."""

from osce_cms.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.bare"]  # noqa: F405
SILENCED_SYSTEM_CHECKS = ["taxonomy.E001"]
