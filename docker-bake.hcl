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
# The time of the commit, so that the same commit makes the same program. Otherwise it is the time of the build.
variable "CREATED" {
  default = ""
}
# Where layers are kept between builds: `gha` on GitHub.
variable "CACHE" {
  default = ""
}
# A scope for each image: the last one to export to a scope replaces what others left there.
function "cache" {
  params = [scope]
  result = CACHE == "" ? [] : ["type=${CACHE},scope=${scope}"]
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
    CREATED  = CREATED
  }
}

# The page and the API in one.
target "app" {
  inherits   = ["image"]
  dockerfile = "Dockerfile.backend"
  target     = "app"
  tags       = ["${REGISTRY}/taskapp:${VERSION}"]
  cache-from = cache("app")
  cache-to   = cache("app,mode=max")
}

target "backend" {
  inherits   = ["image"]
  dockerfile = "Dockerfile.backend"
  tags       = ["${REGISTRY}/taskapp-backend:${VERSION}"]
  cache-from = cache("backend")
  cache-to   = cache("backend,mode=max")
}

# The backend with the driver of PostgreSQL.
target "postgres" {
  inherits   = ["backend"]
  target     = "postgres"
  tags       = ["${REGISTRY}/taskapp-backend:${VERSION}-postgres"]
  cache-from = cache("postgres")
  cache-to   = cache("postgres,mode=max")
}

target "frontend" {
  inherits   = ["image"]
  dockerfile = "Dockerfile.frontend"
  tags       = ["${REGISTRY}/taskapp-frontend:${VERSION}"]
  cache-from = cache("frontend")
  cache-to   = cache("frontend,mode=max")
}
