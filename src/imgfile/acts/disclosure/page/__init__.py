"""The page on which filed photos are looked at: one, several of a patient by site, or compared."""
