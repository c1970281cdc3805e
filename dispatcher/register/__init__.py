"""Room 7: the office's record of who was told what, when."""
