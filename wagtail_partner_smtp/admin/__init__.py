"""What Wagtail's admin shows of accounts, behind the forms, panels and viewsets that sites build on."""
