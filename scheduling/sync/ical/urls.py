"""Addresses of calendars."""

from django.urls import path

from scheduling.sync.ical.views import feed

urlpatterns = [path("<str:token>.ics", feed, name="feed")]
