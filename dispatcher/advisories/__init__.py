"""Room 2: the notice. advisory.yaml -> Advisory, in both languages."""
