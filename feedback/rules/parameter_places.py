"""The places of a request in words, for those who look for a parameter there."""

from django.utils.translation import gettext_lazy as _

from distribution.rules.parameter_places import Place

PLACE_LABELS = {
    Place.JSON_FIELD: _("field of the JSON body"),
    Place.FORM_FIELD: _("field of the form body"),
    Place.QUERY: _("parameter in the address"),
    Place.PATH: _("part of the address"),
    Place.HEADER: _("header of the request"),
    Place.XML_ELEMENT: _("element of the XML body"),
    Place.XML_ATTRIBUTE: _("attribute in the XML body"),
    Place.TEXT: _("in the text of the body"),
}
