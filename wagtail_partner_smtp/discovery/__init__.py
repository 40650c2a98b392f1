"""From the domain of an email address to settings that were seen to answer."""
