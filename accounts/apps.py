from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Sign-in"

    def ready(self):
        from . import signals

        # Only now come the receivers of axes: a failure is on record before the lock it leads to.
        from axes.signals import user_locked_out  # isort: skip

        user_locked_out.connect(signals.locked)
