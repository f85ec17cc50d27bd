"""What the tests of data exports do and read."""

from io import BytesIO
from zipfile import ZipFile

from flask import Flask

from tests.riders.steps import count_rows
from tests.visitor import Visitor
from webapp.jobs.models import Job

PAGE = "/users/me/data/export"


def download(visitor: Visitor) -> ZipFile:
    response = visitor.send(f"{PAGE}/download")
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    assert response.headers["Content-Disposition"] == "attachment; filename=movr.zip"
    assert response.content_length == len(response.data)
    return ZipFile(BytesIO(response.data))


def count_jobs(app: Flask) -> int:
    with app.app_context():
        return count_rows(Job)
