"""What can go wrong between a lead coming in and a client's system having it.

    DistributionError
      (each family is documented at its class)
"""

from django.utils.translation import gettext_lazy as _


class DistributionError(Exception):
    """An anticipated error; `code` is for machines, the message says what to do next."""

    code = "distribution_error"
    message = _("This cannot be done.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)
