"""Finding filed photos by what their sealed facts say."""
