"""What the office keeps."""

from __future__ import annotations

from django.db import models


class Plant(models.Model):
    """A plant, and a picture of it."""

    name = models.CharField(max_length=80)
    notes = models.TextField(blank=True)
    picture = models.FileField(upload_to="pictures", blank=True)

    class Meta:
        app_label = "office"

    def __str__(self):
        return self.name
