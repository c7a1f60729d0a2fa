from django.conf import settings


def portal(request) -> dict:
    """Who runs this portal, for every page."""
    return {
        "portal": {
            "name": settings.PORTAL_NAME,
            "association": settings.PORTAL_ASSOCIATION,
            "contact_email": settings.PORTAL_CONTACT_EMAIL,
            "contact_phone": settings.PORTAL_CONTACT_PHONE,
            "demonstration": settings.DEMONSTRATION,
        }
    }
