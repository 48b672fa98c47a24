#!/usr/bin/env python
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osce_cms.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"error: {error}")
    except DatabaseError as error:
        reason = str(error).strip().split("\n")[0]
        sys.exit(f"error: {reason}. Is the database there, and migrated (manage.py migrate)?")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
