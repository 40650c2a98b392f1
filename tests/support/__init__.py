"""What several tests share: accounts, the admin section as a browser uses it, servers, waiting."""
