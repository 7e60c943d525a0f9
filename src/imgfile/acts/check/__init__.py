"""Looking at a set-up point by point: vault, station, upkeep, disks. Nothing is changed."""
