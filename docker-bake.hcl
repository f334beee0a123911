# The images for both platforms: `docker buildx bake --push`. For this machine's own, into its engine:
# `docker buildx bake --load --set '*.platform='`.
#
# arm64 needs no emulation: every stage that runs something stands on $BUILDPLATFORM and makes portable
# JavaScript and text, and the final stages, which differ by platform, only COPY.

variable "REGISTRY" {
  default = "localhost:5000"
}
variable "VERSION" {
  default = "0.0.0"
}
variable "REVISION" {
  default = "unknown"
}
variable "SOURCE" {
  default = "unknown"
}

group "default" {
  targets = ["app", "backend", "postgres", "frontend"]
}

target "image" {
  platforms = ["linux/amd64", "linux/arm64"]
  args = {
    VERSION  = VERSION
    REVISION = REVISION
    SOURCE   = SOURCE
  }
}

# The page and the API in one.
target "app" {
  inherits   = ["image"]
  dockerfile = "Dockerfile.backend"
  target     = "app"
  tags       = ["${REGISTRY}/taskapp:${VERSION}"]
}

target "backend" {
  inherits   = ["image"]
  dockerfile = "Dockerfile.backend"
  tags       = ["${REGISTRY}/taskapp-backend:${VERSION}"]
}

# The backend with the driver of PostgreSQL.
target "postgres" {
  inherits = ["backend"]
  target   = "postgres"
  tags     = ["${REGISTRY}/taskapp-backend:${VERSION}-postgres"]
}

target "frontend" {
  inherits   = ["image"]
  dockerfile = "Dockerfile.frontend"
  tags       = ["${REGISTRY}/taskapp-frontend:${VERSION}"]
}
