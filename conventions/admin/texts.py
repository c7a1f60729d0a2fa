"""Staff's pages for the words of agreements (B1)."""

from django.contrib import admin

from common.admin import PortalAdmin
from conventions.models import AgreementText, Article


@admin.register(AgreementText)
class AgreementTextAdmin(PortalAdmin):
    list_display = ["__str__", "title", "published_at"]
    list_filter = ["kind"]
    search_fields = ["title"]


@admin.register(Article)
class ArticleAdmin(PortalAdmin):
    list_display = ["text", "number", "heading"]
    list_select_related = ["text"]
    search_fields = ["heading", "body"]
