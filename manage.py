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
        is_full = "full" in reason or "No space" in reason
        hint = "" if is_full else " Is the database there, and migrated (manage.py migrate)?"
        sys.exit(f"error: {reason}.{hint}")
    except BrokenPipeError:
        # Who read what is printed, such as head, has had enough; at the end Python would try once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
