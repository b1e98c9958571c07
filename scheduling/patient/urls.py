"""Pages that a patient opens from a mail: the link is the key."""

from django.urls import path

from scheduling.patient import offer_page

urlpatterns = [
    path("offers/<str:token>/", offer_page.offer, name="offer"),
]
