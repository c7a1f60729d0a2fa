from django.apps import AppConfig


class BilletterieConfig(AppConfig):
    name = "billetterie"
    verbose_name = "Portail"
