# One image for every process of the portal: web, worker, beat and manage.py (docs/operations.md).
# Python and Debian are those that the tests run on; `docker compose build --pull` brings their security fixes.
FROM python:3.11-slim-bookworm

# Pango draws the PDF files (the fonts are the portal's own); PostgreSQL's client makes the backups and is of the
# server's version. The slim image lacks the folders of manual pages, without which that client won't install.
RUN mkdir -p /usr/share/man/man1 /usr/share/man/man7 \
    && apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpango-1.0-0 \
        libpangoft2-1.0-0 \
        libharfbuzz-subset0 \
        postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/portail
ENV PYTHONUNBUFFERED=1 \
    PORTAIL_ENV=production \
    PORTAIL_VAR=/srv/portail/var \
    XDG_CACHE_HOME=/tmp/cache

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --requirement requirements.txt

COPY . .
# Production's settings need secrets and the association's name, even to gather files: these are kept nowhere.
RUN random() { python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"; } \
    && PORTAIL_SECRET_KEY=$(random) PORTAIL_HMAC_KEY=$(random) PORTAIL_EVIDENCE_KEY=$(random) PORTAIL_NAMES_KEYS=$(random) \
        PORTAIL_BASE_URL=https://portail.example PORTAIL_ASSOCIATION=- PORTAIL_SEAT=- PORTAIL_PRESIDENT=- \
        python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf var/broker \
    && python -m compileall -q .

# Everything above belongs to root: the portal can't change its own code.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin portail
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "billetterie.wsgi", "--bind", "0.0.0.0:8000", "--preload", "--no-control-socket"]
