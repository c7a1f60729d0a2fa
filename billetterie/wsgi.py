"""What gunicorn serves: `gunicorn billetterie.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from billetterie.demo.mark import refuse_demonstration_in_production
from common.preload import load_everything

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billetterie.settings")

application = get_wsgi_application()
refuse_demonstration_in_production()
load_everything()
