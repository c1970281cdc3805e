"""Room 3: templates -> text and HTML in both languages -> RFC 5322 bytes."""
