"""Who works at the desk: accounts, links, second factors, sessions."""
