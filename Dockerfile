# syntax=docker/dockerfile:1

# --- Styles and scripts ---
FROM node:22-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
# Names of classes and icons are found in templates, and in the Python that writes HTML.
COPY . .
RUN npm run build

# --- Python packages ---
FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --constraint requirements.lock --requirement requirements.txt

# --- What runs ---
FROM python:3.11-slim-bookworm
# Pango and a font for PDF, bubblewrap for running code.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core bubblewrap \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /app missioncontrol
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    VAR_DIR=/data \
    STATIC_ROOT=/app/collected
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /build/static/dist static/dist
COPY --from=assets /build/core/icons.json core/icons.json
# The build's secret key is thrown away with the folder it lies in.
RUN VAR_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q . \
    && rm -rf /tmp/build \
    && mkdir /data && chown missioncontrol /data
USER missioncontrol
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://localhost:' + os.environ['PORT'] + '/health/live', timeout=4)"]
# Without DATABASE_URL and REDIS_URL: everything in this one container, data in /data.
CMD ["sh", "-c", "python manage.py prepare --no-static && exec python manage.py run"]
