"""What a photo says besides the picture: readers of Exif, XMP, IPTC and ICC, and the summary of what was stripped."""
