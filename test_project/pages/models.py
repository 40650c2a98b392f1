from __future__ import annotations

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.blocks import RichTextBlock
from wagtail.contrib.forms.models import AbstractFormField
from wagtail.fields import StreamField
from wagtail.snippets.blocks import SnippetChooserBlock

from wagtail_partner_smtp.form_pages import AbstractPartnerEmailForm, partner_email_panels
from wagtail_partner_smtp.models import get_partner_model_string


class ContactPage(AbstractPartnerEmailForm):
    body = StreamField(
        [
            ("text", RichTextBlock()),
            ("partner", SnippetChooserBlock(get_partner_model_string(), template="pages/partner_block.html")),
        ],
        blank=True,
    )

    content_panels = [
        *AbstractPartnerEmailForm.content_panels,
        FieldPanel("body"),
        InlinePanel("form_fields", heading="Form"),
        *partner_email_panels(),
    ]


class ContactField(AbstractFormField):
    page = ParentalKey(ContactPage, on_delete=models.CASCADE, related_name="form_fields")
