"""Room 1: sheets in. Files -> rows -> recipients and problems."""
