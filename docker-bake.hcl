# The images for both platforms: `docker buildx bake --push`. For this machine's own, into its engine:
# `docker buildx bake --load --set '*.platform='`.
#
# arm64 needs no emulation: every stage that runs something stands on $BUILDPLATFORM and makes portable
# JavaScript and text, and the final stages, which differ by platform, only COPY. The tests run once.

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
  targets = ["backend", "frontend", "postgres"]
}

target "image" {
  matrix = {
    part = ["backend", "frontend"]
  }
  name       = part
  dockerfile = "Dockerfile.${part}"
  tags       = ["${REGISTRY}/taskapp-${part}:${VERSION}"]
  platforms  = ["linux/amd64", "linux/arm64"]
  args = {
    VERSION  = VERSION
    REVISION = REVISION
    SOURCE   = SOURCE
  }
}

# The backend with the driver of PostgreSQL.
target "postgres" {
  inherits = ["backend"]
  target   = "postgres"
  tags     = ["${REGISTRY}/taskapp-backend:${VERSION}-postgres"]
}
