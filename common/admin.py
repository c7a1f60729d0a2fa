"""What staff see of the outbox, the audit trail and the installation's marks: they read, and never write."""

from django.contrib import admin

from common.models import AuditEntry, Installation, OutboxMessage


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ["subject", "recipient", "created_at", "sent_at", "tries", "failure"]
    list_filter = ["sent_at", "set_aside_at"]
    search_fields = ["subject", "recipient", "effect"]
    date_hierarchy = "created_at"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "verb", "subject"]
    list_filter = ["verb"]
    search_fields = ["actor", "subject"]
    date_hierarchy = "at"


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    list_display = ["key", "value"]
    search_fields = ["key", "value"]
