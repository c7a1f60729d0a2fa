"""The team's groups and their rights."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from common.admin import PortalAdmin

admin.site.unregister(Group)


@admin.register(Group)
class TeamGroupAdmin(PortalAdmin, GroupAdmin):
    """What parts of these pages an account of the team may use, where it hasn't all rights.

    Only who has all rights gives some: anybody else could give them to their own group.
    """

    filter_horizontal = ()  # its two lists say nothing to a screen reader; boxes do

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request=request, **kwargs)

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
