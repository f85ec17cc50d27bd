# MovR's web application: docker build -t movr .
ARG PYTHON=python:3.11-slim
# requirements-monitoring.txt has the packages for SENTRY_DSN and TRACES_URL, too,
# requirements-celery.txt those for CELERY_BROKER_URL. REQUIREMENTS may name both, with a space.
ARG REQUIREMENTS=requirements.txt

# The packages, each checked against its hash. Wheels only, so nothing here needs a compiler.
FROM ${PYTHON} AS packages
ARG REQUIREMENTS
COPY requirements.txt requirements-monitoring.txt requirements-celery.txt ./
RUN python -m venv --without-pip /venv && \
    pip --python /venv/bin/python install --no-cache-dir --no-deps --require-hashes \
    --only-binary :all: $(printf -- '--requirement %s ' ${REQUIREMENTS})

FROM ${PYTHON}
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MOVR_ENV=production
WORKDIR /app
# The one folder that the application may write to; in production only `flask demo` does.
RUN useradd --system --uid 10001 --home-dir /app --no-create-home movr && \
    install --directory --owner movr instance
COPY --from=packages /venv /venv
COPY .flaskenv config.py gunicorn.conf.py gunicorn_worker.py main.py ./
COPY migrations migrations
COPY webapp webapp
# Once here, and not by each container at its start.
RUN python -m webapp.web.assets
RUN python -m compileall -q config.py gunicorn_worker.py main.py webapp
USER movr

EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
# gunicorn is process 1 and hears the signal. Its heartbeat wants a folder that is never on a disk.
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "main:app"]
