"""Every filed photo made a JPEG that any program shows, by decoders that run in a process of their own."""
