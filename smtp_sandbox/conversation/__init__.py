"""The server's side of a connection: SMTP, or whatever else answers at the port."""
