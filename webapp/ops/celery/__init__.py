"""Celery workers, which run the jobs that ``flask work`` dispatches. Most of it needs the extra
``celery``; with CELERY_BROKER_URL only."""
