"""The inner works of the admin. What a site imports is one level up: forms, panels, views, viewsets."""
