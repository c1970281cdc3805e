"""Room 6: what others take over, as files: the kit for EICI, the bundle for the website, the draft notice."""
