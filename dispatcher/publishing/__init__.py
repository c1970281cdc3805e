"""Room 6: what others take over: the website bundle for CMS, the onward kit for EICI, a draft public notice."""
