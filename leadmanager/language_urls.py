"""The language switch of the staff's pages."""

from django.urls import path

from leadmanager.language import choose_language

urlpatterns = [path("setlang/", choose_language, name="set_language")]
