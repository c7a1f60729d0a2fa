from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BilletterieConfig(AppConfig):
    default = True
    name = "billetterie"
    verbose_name = "Portail"


class PortalAdminConfig(admin.AdminConfig):
    """Django's admin behind the site's own sign-in (billetterie/admin.py)."""

    default = False
    default_site = "billetterie.admin.PortalAdminSite"
